import type { TemplateJson } from '../helpers/synth';

/** Resources that hold what cannot be made again: CloudFormation replaces one by deleting or abandoning it when its logical id changes. */
const STATEFUL_TYPES = new Set([
  'AWS::DynamoDB::GlobalTable',
  'AWS::DynamoDB::Table',
  'AWS::KMS::Key',
  'AWS::S3::Bucket',
  'AWS::SQS::Queue',
  'AWS::Events::Archive',
  // Producers and rules know it by its name.
  'AWS::Events::EventBus',
  'AWS::OpenSearchServerless::Collection',
  'AWS::Cognito::UserPool',
]);

/** Logical id → `type, deletion policy`, by stack. */
export type Pins = Readonly<Record<string, Readonly<Record<string, string>>>>;

export function pinsOf(templates: Readonly<Record<string, TemplateJson>>): Pins {
  return Object.fromEntries(
    Object.entries(templates).map(([stack, template]) => [
      stack,
      Object.fromEntries(
        Object.entries(template.Resources)
          .filter(([, { Type }]) => STATEFUL_TYPES.has(Type))
          .map(([id, { Type, DeletionPolicy = 'Delete' }]) => [id, `${Type}, ${DeletionPolicy}`]),
      ),
    ]),
  );
}

/** What a deployment of `actual` over `pinned` would do to state, one sentence each; empty when nothing. */
export function brokenPins(pinned: Pins, actual: Pins): string[] {
  return Object.entries(pinned).flatMap(([stack, resources]) => {
    const now = actual[stack] ?? {};
    const added = Object.entries(now).filter(([id]) => !(id in resources));
    return Object.entries(resources).flatMap(([id, pin]) => {
      const found = now[id];
      if (found === pin) return [];
      if (found !== undefined) return [`${stack}: ${id} was pinned as ${pin} and is now ${found}.`];
      const [type, policy] = pin.split(', ');
      const successor = added.find(([, other]) => other.startsWith(`${type},`))?.[0];
      const fate = policy === 'Delete' ? 'deleted with everything in it' : 'left behind, outside the stack, with everything in it';
      return [
        `${stack}: ${id} (${type}) is gone from the template: it would be ${fate}${successor ? `, and replaced by an empty ${successor}` : ''}. ` +
          'Give the construct its old id and place back, or override its logical id.',
      ];
    });
  });
}
