import { parseJsonPath } from './json-path';

/** What a target is handed in the place of the event; one of the three, or none. */
export interface InputProperties {
  readonly Input?: string;
  readonly InputPath?: string;
  readonly InputTransformer?: { readonly InputPathsMap?: Readonly<Record<string, string>>; readonly InputTemplate: string };
}

export interface InputContext {
  readonly ruleArn: string;
  readonly ruleName: string;
  /** ISO 8601. */
  readonly ingestedAt: string;
}

/** The text that a target gets of an event. */
export type Input = (event: unknown, context: InputContext) => string;

/** @throws Error for paths that are not emulated */
export function parseInput({ Input: constant, InputPath: path, InputTransformer: transformer }: InputProperties): Input {
  if (constant !== undefined) return () => constant;
  if (path !== undefined) {
    const read = parseJsonPath(path);
    return (event) => JSON.stringify(read(event) ?? null);
  }
  if (transformer === undefined) return (event) => JSON.stringify(event);
  const paths = Object.entries(transformer.InputPathsMap ?? {}).map(([name, one]) => [name, parseJsonPath(one)] as const);
  return (event, context) => {
    const values = new Map<string, unknown>(paths.map(([name, read]) => [name, read(event)]));
    return fill(transformer.InputTemplate, new Map([...values, ...reservedValues(event, context)]));
  };
}

function reservedValues(event: unknown, { ruleArn, ruleName, ingestedAt }: InputContext): readonly (readonly [string, unknown])[] {
  const { detail: _detail, ...envelope } = event as Record<string, unknown>;
  return [
    ['aws.events.rule-arn', ruleArn],
    ['aws.events.rule-name', ruleName],
    ['aws.events.event.ingestion-time', ingestedAt],
    ['aws.events.event', envelope],
    ['aws.events.event.json', event],
  ];
}

/** Puts values in the place of `<name>`: as text within quotes, as JSON elsewhere. What is not in the event is nothing in quotes, and null elsewhere. */
function fill(template: string, values: ReadonlyMap<string, unknown>): string {
  let isInText = false;
  // A quote, escaped or not, or a variable: all else stays as it is.
  return template.replaceAll(/\\.|"|<([\w.-]+)>/g, (found, name: string | undefined) => {
    if (found === '"') isInText = !isInText;
    if (name === undefined || !values.has(name)) return found;
    const value = values.get(name);
    if (!isInText) return JSON.stringify(value ?? null);
    const text = typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
    return JSON.stringify(text).slice(1, -1);
  });
}
