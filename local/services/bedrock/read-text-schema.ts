import { isJsonObject } from '../json-protocol';
import { constraintError, invalid, objectAt, stringAt } from './constraints';
import type { JsonObject } from './model';

const EFFORTS: readonly unknown[] = [undefined, null, 'low', 'medium', 'high', 'xhigh', 'max'];

/** The JSON schema in a request's `outputConfig`; undefined for an answer in plain text. Effort is checked, and makes no difference. */
export function readTextSchema(outputConfig: unknown): JsonObject | undefined {
  const config = objectAt(outputConfig ?? {}, 'outputConfig');
  if (!EFFORTS.includes(config.effort)) {
    throw constraintError(config.effort, 'outputConfig.effort', 'satisfy enum value set: [low, medium, high, xhigh, max]');
  }
  if (config.textFormat === undefined || config.textFormat === null) return undefined;
  const format = objectAt(config.textFormat, 'outputConfig.textFormat');
  if (format.type !== 'json_schema') {
    throw constraintError(format.type, 'outputConfig.textFormat.type', 'satisfy enum value set: [json_schema]');
  }
  const path = 'outputConfig.textFormat.structure.jsonSchema';
  const structure = objectAt(format.structure, 'outputConfig.textFormat.structure');
  const text = stringAt(objectAt(structure.jsonSchema, path).schema, `${path}.schema`);
  const schema = parse(text);
  if (!isJsonObject(schema)) throw invalid(`The value at ${path}.schema is not the JSON of a schema.`);
  return schema;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
