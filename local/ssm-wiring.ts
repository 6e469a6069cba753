import type { AssemblyStack } from './assembly';
import { inTexts, ssmReferencesIn } from './dynamic-references';
import { references } from './intrinsics';

/** A template parameter whose value CloudFormation reads from SSM: its default is the name of the SSM parameter. */
export function isParameterFromSsm(type: string): boolean {
  return type.startsWith('AWS::SSM::Parameter::Value<');
}

/** Names of the SSM parameters that a stack sets, as far as they stand in its template as they are. */
export function ssmParametersSetBy({ template }: AssemblyStack): Set<string> {
  const names = Object.values(template.Resources).flatMap(({ Type, Properties }) =>
    Type === 'AWS::SSM::Parameter' && typeof Properties?.Name === 'string' ? [Properties.Name] : [],
  );
  return new Set(names);
}

/** Names of the SSM parameters that a stack reads while it is deployed: by a template parameter that something refers to, or a dynamic reference. */
export function ssmParametersReadBy({ template }: AssemblyStack): Set<string> {
  const found = new Set<string>();
  const referredTo = references([template.Resources, template.Outputs ?? {}]);
  for (const [name, { Type, Default }] of Object.entries(template.Parameters ?? {})) {
    // The bootstrap version, which every CDK template has as a parameter, is read by a rule alone.
    if (isParameterFromSsm(Type) && referredTo.has(name)) found.add(String(Default));
  }
  inTexts(template.Resources, (text) => {
    for (const name of ssmReferencesIn(text)) found.add(name);
    return text;
  });
  return found;
}
