import type { ModelCapabilities } from '../../../core/platform';
import type { ResponseSchema } from '../../openai/request';
import type { ModelRequest } from '../adapter';
import { refuseMembers, requireCapability, unsupported } from '../refuse-unsupported';
import { callableTools, objectSchema, type ToolOffer } from './tools';

const FORMAT_MEMBERS: ReadonlySet<string> = new Set(['type', 'json_schema']);
const SCHEMA_MEMBERS: ReadonlySet<string> = new Set(['name', 'description', 'schema', 'strict']);
const DESCRIPTION = 'Gives the answer. The answer is the input of this tool and nothing else.';

/** Whether the answer comes as the input of a tool: where a model has no JSON schemas of its own, it is made to call a tool that has one. */
export function answersByTool({ body, model }: ModelRequest): boolean {
  return body.response_format?.type === 'json_schema' && model.capabilities.jsonSchema === 'tool';
}

/**
 * The schema that the answer must have; undefined for an answer in text.
 *
 * @throws GatewayError `unsupported_field`
 */
export function responseSchemaOf(request: ModelRequest): ResponseSchema | undefined {
  const format = request.body.response_format;
  if (format === undefined) return undefined;
  const modelId = request.model.id;
  refuseMembers(format, FORMAT_MEMBERS, 'response_format', modelId);
  if (format.type === 'json_object') {
    throw unsupported('response_format.type', modelId, 'Send `json_schema`, with the schema of the object.');
  }
  const schema = format.json_schema;
  if (format.type === 'text' || schema === undefined) return undefined;
  refuseMembers(schema, SCHEMA_MEMBERS, 'response_format.json_schema', modelId);
  requireCapability(request, 'response_format', ({ jsonSchema }) => jsonSchema !== 'none');
  if (schema.strict === true) {
    const advice = 'Send `false`, and the model is told of the schema but not held to it';
    requireCapability(request, 'response_format.json_schema.strict', holdsToSchema, advice);
  }
  return schema;
}

/** The tool by which the answer comes, where it does. @throws GatewayError `unsupported_field` */
export function answerToolOf(request: ModelRequest): ToolOffer | undefined {
  const schema = responseSchemaOf(request);
  if (schema === undefined || !answersByTool(request)) return undefined;
  if (callableTools(request.body).length > 0) {
    const both = ({ jsonSchema, tools }: ModelCapabilities) => jsonSchema === 'native' && tools !== 'none';
    requireCapability(request, 'response_format', both, 'The model takes `tools` or a JSON schema: leave one of them out');
  }
  const tool = {
    name: schema.name,
    description: schema.description || DESCRIPTION,
    schema: objectSchema(schema.schema),
    strict: schema.strict === true,
  };
  return { tools: [tool], choice: { name: schema.name }, serial: false };
}

function holdsToSchema({ jsonSchema, strictTools }: ModelCapabilities): boolean {
  return jsonSchema === 'native' || (jsonSchema === 'tool' && strictTools);
}
