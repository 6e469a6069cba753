/** `{{resolve:<service>:<what>}}` in a text of a template; for `ssm` a name and perhaps a version. */
const REFERENCE = /\{\{resolve:(?<service>[a-z-]+):(?<what>[^}]*)\}\}/g;

/**
 * Puts the values of SSM parameters where `{{resolve:ssm:<name>}}` stands.
 *
 * @throws Error for a parameter that does not exist, a version, and services other than `ssm`: none is ever passed over in silence
 */
export function resolveDynamicReferences(text: string, ssmValueOf: (name: string) => string | undefined): string {
  return text.replace(REFERENCE, (reference, service: string, what: string) => {
    if (service !== 'ssm') throw new Error(`${reference} cannot be resolved here: of dynamic references only ssm is emulated.`);
    if (what.includes(':')) throw new Error(`${reference} names a version of a parameter, which is not emulated.`);
    const value = ssmValueOf(what);
    if (value === undefined) throw new Error(`${reference} reads an SSM parameter that no stack here has set.`);
    return value;
  });
}

/** Names of the SSM parameters that a text reads. */
export function ssmReferencesIn(text: string): string[] {
  return [...text.matchAll(REFERENCE)].flatMap(({ groups }) => (groups?.service === 'ssm' && groups.what ? [groups.what] : []));
}

/** A copy of a value in which each text, at any depth, is changed. */
export function inTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => inTexts(item, change));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, inTexts(member, change)]));
}
