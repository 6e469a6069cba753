import { GatewayError } from '../errors';
import type { CompiledPrompt } from './compile-prompt';
import type { PromptContent } from './prompt-content';
import { renderTemplate } from './template';
import { renderValues } from './variables';

export interface RenderedMessage {
  readonly role: PromptContent['messages'][number]['role'];
  readonly content: string;
}

/**
 * The prompt's messages with their values: as many as there are templates, each of its template's role, whatever the values say.
 *
 * @throws GatewayError `invalid_request` for variables that do not fit, and for a message of which nothing is left.
 */
export function renderPrompt(
  { content, templates }: CompiledPrompt,
  variables: Readonly<Record<string, unknown>>,
): readonly RenderedMessage[] {
  const values = renderValues(content.variables, variables);
  return templates.map((parts, index) => {
    const text = renderTemplate(parts, (name) => values.get(name));
    if (text.trim() !== '') return { role: content.messages[index]?.role ?? 'user', content: text };
    const message = `With these variables nothing is left of the prompt's message ${index + 1}: give those that it is made of a value.`;
    throw new GatewayError('invalid_request', message, { param: 'variables' });
  });
}
