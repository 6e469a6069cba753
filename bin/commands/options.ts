import { parseArgs } from 'node:util';
import { nearest } from '../../config/nearest';
import { UsageError } from './cli-error';

export type OptionKinds = Readonly<Record<string, 'string' | 'boolean'>>;

/** A command's words: its options and, in order, the rest. */
export interface ParsedOptions<T extends OptionKinds> {
  readonly values: { readonly [K in keyof T]?: T[K] extends 'string' ? string : boolean };
  readonly positionals: readonly string[];
}

/**
 * @throws UsageError for an option that is unknown (with the nearest one that is not), repeated, lacks its value or has one too many.
 */
export function parseOptions<T extends OptionKinds>(args: readonly string[], kinds: T): ParsedOptions<T> {
  const options = Object.fromEntries(Object.entries(kinds).map(([name, type]) => [name, { type }]));
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true });
  const values: Record<string, string | boolean> = {};
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const { name, rawName, value } = token;
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (kind === undefined)
      throw new UsageError(
        unknown(
          'option',
          rawName,
          Object.keys(kinds).map((known) => `--${known}`),
        ),
      );
    if (Object.hasOwn(values, name)) throw new UsageError(`Option ${rawName} is given twice; give it once.`);
    if (kind === 'boolean' && value !== undefined) throw new UsageError(`Option ${rawName} takes no value; found "${value}".`);
    // A value that looks like an option is nearly always the next option, after a value that was forgotten.
    if (kind === 'string' && (value === undefined || value === '' || (!token.inlineValue && value.startsWith('-')))) {
      throw new UsageError(`Option ${rawName} needs a value, as in ${rawName} <value>${value ? `; found ${value}` : ''}.`);
    }
    values[name] = value ?? true;
  }
  return { values: values as ParsedOptions<T>['values'], positionals };
}

/** The sentence for a word that is none of those known. */
export function unknown(kind: 'command' | 'option' | 'agent', word: string, known: readonly string[]): string {
  const match = nearest(word, known);
  return `Unknown ${kind} "${word}"${match === undefined ? `; there ${known.length === 1 ? 'is' : 'are'} ${known.join(', ')}.` : `: did you mean "${match}"?`}`;
}
