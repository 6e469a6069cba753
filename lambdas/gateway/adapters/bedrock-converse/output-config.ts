import type { OutputConfig } from '@aws-sdk/client-bedrock-runtime';
import type { ModelRequest } from '../adapter';
import { effortOf } from '../shared/effort';
import { answersByTool, responseSchemaOf } from '../shared/response-format';
import { objectSchema } from '../shared/tools';

/** The shape of the answer and the effort spent on it; undefined where neither is asked for. @throws GatewayError `unsupported_field` */
export function outputConfigOf(request: ModelRequest): OutputConfig | undefined {
  const textFormat = textFormatOf(request);
  const effort = effortOf(request);
  if (textFormat === undefined && effort === undefined) return undefined;
  return { ...(textFormat && { textFormat }), ...(effort && { effort }) };
}

function textFormatOf(request: ModelRequest): OutputConfig['textFormat'] {
  const schema = responseSchemaOf(request);
  if (schema === undefined || answersByTool(request)) return undefined;
  const jsonSchema = {
    name: schema.name,
    ...(schema.description ? { description: schema.description } : {}),
    schema: JSON.stringify(objectSchema(schema.schema)),
  };
  return { type: 'json_schema', structure: { jsonSchema } };
}
