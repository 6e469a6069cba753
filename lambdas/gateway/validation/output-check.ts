import { GatewayError } from '../../core/errors';
import type { ChatRequest } from '../openai/request';
import { compileJsonSchema, type JsonSchemaCheck, UnusableSchemaError, type Violation } from './json-schema-check';

/** What an answer's text breaks of what was asked for; nothing when it holds. */
export type OutputCheck = (text: string) => readonly Violation[];

const SHOWN_CHARACTERS = 60;

/**
 * How the answer to a request is checked. Undefined where any text will do.
 *
 * @throws GatewayError `invalid_request` for a schema that no answer can be checked by.
 */
export function outputCheckOf({ response_format }: ChatRequest): OutputCheck | undefined {
  switch (response_format?.type) {
    case 'json_object':
      return checkOf((value) => (isObject(value) ? [] : [{ path: '', keyword: 'type', message: 'The answer is no JSON object.' }]));
    case 'json_schema':
      return response_format.json_schema && checkOf(compiled(response_format.json_schema.schema));
    default:
      return undefined;
  }
}

function compiled(schema: object): JsonSchemaCheck {
  try {
    return compileJsonSchema(schema);
  } catch (cause) {
    if (!(cause instanceof UnusableSchemaError)) throw cause;
    const param = 'response_format.json_schema.schema';
    throw new GatewayError('invalid_request', `\`${param}\` cannot be checked by: ${cause.message}`, { param, cause });
  }
}

function checkOf(check: JsonSchemaCheck): OutputCheck {
  return (text) => {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      const said = text.trim() === '' ? 'it is empty' : `it begins with ${JSON.stringify(text.slice(0, SHOWN_CHARACTERS))}`;
      return [{ path: '', keyword: 'json', message: `The answer is no JSON: ${said}.` }];
    }
    return check(value);
  };
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
