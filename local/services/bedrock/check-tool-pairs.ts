import { invalid } from './constraints';
import type { ModelContent, ModelMessage, ToolOffer } from './model';

/** Checks that every toolUse has its toolResult in the next message, and that no toolResult is without its toolUse. */
export function checkToolPairs(messages: readonly ModelMessage[], offer: ToolOffer | undefined): void {
  const blocks = messages.flatMap(({ content }) => content);
  if (offer === undefined && blocks.some(({ kind }) => kind === 'toolUse' || kind === 'toolResult')) {
    throw invalid('The toolConfig field must be defined when using toolUse and toolResult content blocks.');
  }
  for (const [index, { role, content }] of messages.entries()) {
    if (role !== 'user') continue;
    const used = idsOf(messages[index - 1]?.content ?? [], 'toolUse');
    const results = idsOf(content, 'toolResult');
    const at = `messages.${index}.content`;
    const missing = used.filter((id) => !results.includes(id));
    if (missing.length > 0) throw invalid(`Expected toolResult blocks at ${at} for the following Ids: ${missing.join(', ')}`);
    const unknown = results.filter((id) => !used.includes(id));
    if (results.length > used.length || unknown.length > 0) {
      throw invalid(`The number of toolResult blocks at ${at} exceeds the number of toolUse blocks of previous turn.`);
    }
  }
  const open = messages.at(-1)?.role === 'assistant' ? idsOf(messages.at(-1)?.content ?? [], 'toolUse') : [];
  if (open.length > 0)
    throw invalid(`Expected toolResult blocks at messages.${messages.length}.content for the following Ids: ${open.join(', ')}`);
}

function idsOf(content: readonly ModelContent[], kind: 'toolUse' | 'toolResult'): readonly string[] {
  return content.flatMap((block) => (block.kind === kind && 'id' in block ? [block.id] : []));
}
