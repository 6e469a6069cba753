import type { OutputConfig } from '@aws-sdk/client-bedrock-runtime';
import type { ModelRequest } from '../adapter';
import { requireCapability, unsupported } from '../refuse-unsupported';
import { answersByTool, responseSchemaOf } from './response-format';
import { objectSchema } from './tools';

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

function effortOf(request: ModelRequest): string | undefined {
  const { reasoning_effort: asked } = request.body;
  if (asked === undefined) return undefined;
  requireCapability(request, 'reasoning_effort', ({ effort }) => effort.length > 0);
  const { effort } = request.model.capabilities;
  if (effort.some((level) => level === asked)) return asked;
  throw unsupported('reasoning_effort', request.model.id, `Allowed are ${effort.map((level) => `\`${level}\``).join(', ')}.`);
}
