import type { ChatRequest } from '../../openai/request';

/** `stop` as a list; undefined where it asks for nothing. */
export function stopSequencesOf({ stop }: ChatRequest): string[] | undefined {
  const sequences = typeof stop === 'string' ? [stop] : stop;
  return sequences === undefined || sequences.length === 0 ? undefined : sequences;
}
