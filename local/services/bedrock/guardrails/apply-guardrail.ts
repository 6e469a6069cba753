import type { WireResponse } from '../../../service';
import { readJsonObject } from '../../json-protocol';
import { invalid, listAt, stringAt, unionAt } from '../constraints';
import type { GuardrailDefinition } from './definition';
import { evaluateGuardrail } from './evaluate';

/** Answers ApplyGuardrail in its wire format. @throws ServiceError `ValidationException` */
export function applyGuardrail(definition: GuardrailDefinition, body: Buffer): WireResponse {
  const { source, content, outputScope = 'INTERVENTIONS' } = readJsonObject(body);
  if (source !== 'INPUT' && source !== 'OUTPUT') throw notIn('source', source, ['INPUT', 'OUTPUT']);
  if (outputScope !== 'INTERVENTIONS') throw invalid('The local emulator emulates the outputScope INTERVENTIONS alone.');
  const texts = listAt(content, 'content').map((block, index) => textAt(block, `content.${index}`));
  if (texts.length === 0) throw invalid('The content of the request is empty.');
  const { isBlocked, isMasked, texts: masked, assessment, usage } = evaluateGuardrail(definition, texts);
  const total = texts.reduce((sum, text) => sum + text.length, 0);
  const coverage = { textCharacters: { guarded: total, total } };
  const message = source === 'INPUT' ? definition.blockedInputMessaging : definition.blockedOutputsMessaging;
  const given = isBlocked ? [message] : isMasked ? masked : [];
  return {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      usage,
      action: isBlocked || isMasked ? 'GUARDRAIL_INTERVENED' : 'NONE',
      actionReason: isBlocked ? 'Guardrail blocked.' : isMasked ? 'Guardrail masked.' : 'No action.',
      outputs: given.map((text) => ({ text })),
      assessments: [{ ...assessment, invocationMetrics: { guardrailProcessingLatency: 0, usage, guardrailCoverage: coverage } }],
      guardrailCoverage: coverage,
    }),
  };
}

function textAt(block: unknown, path: string): string {
  const { name, value } = unionAt(block, path, ['text', 'image']);
  if (name === 'image') throw invalid('The local emulator does not emulate guardrails of images.');
  const { text } = value as { readonly text?: unknown };
  const said = stringAt(text, `${path}.text.text`);
  if (said === '') throw invalid(`The text at '${path}' is empty.`);
  return said;
}

function notIn(path: string, value: unknown, allowed: readonly string[]) {
  return invalid(
    `1 validation error detected: Value '${String(value)}' at '${path}' failed to satisfy constraint: Member must satisfy enum value set: [${allowed.join(', ')}]`,
  );
}
