import { GatewayError } from '../core/errors';

/** What a caller says that its call belongs to. */
export interface Tags {
  /** As in the header; undefined without one. */
  readonly header: Readonly<Record<string, string>> | undefined;
}

/** Tags that costs are attributed by: everything else is only recorded. */
const ATTRIBUTED = ['service', 'feature'] as const;
type AttributedTag = (typeof ATTRIBUTED)[number];

const MAX_TAGS = 16;
const NAME = /^[a-z][a-z0-9_.-]{0,31}$/;
/** Short, and of one line: they are names in tables and on dashboards. */
const VALUE = /^[A-Za-z0-9][A-Za-z0-9 _.:/@+-]{0,63}$/;
const VALUE_RULE = '1 to 64 letters, digits, spaces or "_.:/@+-", beginning with a letter or digit';

/** `service=checkout, feature=search` @throws GatewayError `invalid_request` */
export function parseTags(header: string | undefined): Tags {
  if (header === undefined || header.trim() === '') return { header: undefined };
  const pairs = header.split(',').map((part) => part.trim());
  if (pairs.length > MAX_TAGS) throw invalid(`has ${pairs.length} tags; at most ${MAX_TAGS} are taken`);
  const tags = new Map<string, string>();
  for (const [index, pair] of pairs.entries()) {
    const [, name = '', value = ''] = /^([^=]*)=(.*)$/s.exec(pair) ?? [];
    const where = `its tag number ${index + 1}`;
    if (!NAME.test(name))
      throw invalid(`is a list of "name=value", with names of at most 32 lower-case letters, digits or "_.-"; ${where} is not`);
    if (tags.has(name)) throw invalid(`names \`${name}\` twice`);
    if (!VALUE.test(value)) throw invalid(`has a value of \`${name}\` with ${value.length} characters that is not ${VALUE_RULE}`);
    tags.set(name, value);
  }
  return { header: Object.fromEntries(tags) };
}

/**
 * The attributed tags of a call: the body's metadata before the header, which a proxy may have set for all calls alike.
 *
 * @throws GatewayError `invalid_request`
 */
export function attributedTags(
  { header }: Tags,
  metadata: Readonly<Record<string, string>> | undefined,
): Readonly<Partial<Record<AttributedTag, string>>> {
  return Object.fromEntries(
    ATTRIBUTED.flatMap((name) => {
      const own = metadata?.[name];
      if (own !== undefined && !VALUE.test(own)) {
        throw new GatewayError(
          'invalid_request',
          `\`metadata.${name}\` has ${own.length} characters and must be ${VALUE_RULE}: costs are attributed by it.`,
          {
            param: `metadata.${name}`,
          },
        );
      }
      const value = own ?? header?.[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function invalid(what: string): GatewayError {
  return new GatewayError('invalid_request', `The header \`x-blueprint-tags\` ${what}.`, { param: 'x-blueprint-tags' });
}
