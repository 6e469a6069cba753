import { countTokens, type ModelContent, type ModelMessage, type ModelRequest } from './model';

const MAX_ECHO_CHARACTERS = 160;

/** A text that says what the last user turn is: its message in part, or the results of tools that it brings. */
export function describeTurn({ modelId, messages }: ModelRequest): string {
  const turn = messages.findLast((message) => message.role === 'user');
  const said = `[simulated answer from ${modelId}] No model was called. `;
  const results = turn?.content.filter((block) => block.kind === 'toolResult') ?? [];
  if (results.length > 0) return `${said}The tools answered: ${results.map((result) => describeResult(result, messages)).join('; ')}`;
  const asked = textsOf(turn).join('\n');
  const words = countWords(asked);
  return (
    `${said}Your message ${messages.length === 1 ? '' : `(the last of ${messages.length}) `}` +
    `has ${words} ${words === 1 ? 'word' : 'words'} and ${countTokens(asked)} tokens${describeImages(turn)}: "${shorten(asked)}"`
  );
}

/** The texts of a message, without those of tools. */
export function textsOf(message: ModelMessage | undefined): readonly string[] {
  return message?.content.flatMap((block) => (block.kind === 'text' ? [block.text] : [])) ?? [];
}

function describeResult({ id, texts }: Extract<ModelContent, { kind: 'toolResult' }>, messages: readonly ModelMessage[]): string {
  const call = messages.flatMap(({ content }) => content).find((block) => block.kind === 'toolUse' && block.id === id);
  return `${call?.kind === 'toolUse' ? call.name : id} "${shorten(texts.join('\n'))}"`;
}

function describeImages(turn: ModelMessage | undefined): string {
  const images = turn?.content.flatMap((block) => (block.kind === 'image' ? [`${block.format}, ${block.bytes} bytes`] : [])) ?? [];
  return images.length === 0 ? '' : `, and ${images.length} ${images.length === 1 ? 'image' : 'images'} (${images.join('; ')})`;
}

/** One by one: the message may be megabytes long. */
function countWords(text: string): number {
  let words = 0;
  for (const _ of text.matchAll(/\S+/g)) words += 1;
  return words;
}

function shorten(text: string): string {
  const characters = Array.from(
    text
      .slice(0, MAX_ECHO_CHARACTERS * 4)
      .replace(/\s+/g, ' ')
      .trim(),
  );
  const isWhole = characters.length <= MAX_ECHO_CHARACTERS && text.length <= MAX_ECHO_CHARACTERS * 4;
  return isWhole ? characters.join('') : `${characters.slice(0, MAX_ECHO_CHARACTERS).join('')}…`;
}
