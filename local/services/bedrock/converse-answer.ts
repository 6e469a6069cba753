import type { WireResponse } from '../../service';
import { frameEvent } from './event-stream';
import { type AnswerBlock, countTokens, type ModelAnswer } from './model';
import type { ModelClock, ModelLatency } from './model-clock';

/** An answer on its way to the caller. */
export interface PacedAnswer {
  readonly answer: ModelAnswer;
  readonly clock: ModelClock;
  readonly latency: ModelLatency;
  /** Told once the whole answer has been given. */
  readonly onComplete: () => void;
}

/** Converse: the whole answer as JSON, after the time that all its tokens take. */
export async function answerWhole({ answer, clock, latency, onComplete }: PacedAnswer): Promise<WireResponse> {
  await clock.wait(latency.firstTokenMs + latency.perTokenMs * answer.outputTokens);
  onComplete();
  return {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      output: { message: { role: 'assistant', content: answer.blocks.map(wholeBlock) } },
      stopReason: answer.stopReason,
      ...accounting(answer, clock),
    }),
  };
}

/** ConverseStream: the answer as an event stream, word by word, each after the time that its tokens take. */
export function answerStreamed(paced: PacedAnswer): WireResponse {
  return { status: 200, headers: { 'content-type': 'application/vnd.amazon.eventstream' }, body: events(paced) };
}

async function* events({ answer, clock, latency, onComplete }: PacedAnswer): AsyncGenerator<Uint8Array> {
  await clock.wait(latency.firstTokenMs);
  yield frameEvent('messageStart', { role: 'assistant' });
  for (const [contentBlockIndex, block] of answer.blocks.entries()) {
    // Blocks of text begin with their first delta.
    if (block.kind === 'toolUse') {
      yield frameEvent('contentBlockStart', { contentBlockIndex, start: { toolUse: { toolUseId: block.id, name: block.name } } });
    }
    for (const text of block.deltas) {
      await clock.wait(latency.perTokenMs * countTokens(text));
      yield frameEvent('contentBlockDelta', { contentBlockIndex, delta: block.kind === 'text' ? { text } : { toolUse: { input: text } } });
    }
    yield frameEvent('contentBlockStop', { contentBlockIndex });
  }
  yield frameEvent('messageStop', { stopReason: answer.stopReason });
  onComplete();
  yield frameEvent('metadata', accounting(answer, clock));
}

function wholeBlock(block: AnswerBlock): object {
  const text = block.deltas.join('');
  return block.kind === 'text' ? { text } : { toolUse: { toolUseId: block.id, name: block.name, input: parseInput(text) } };
}

/** Input that the token limit cut off is no JSON; the emulator gives an empty object for it. */
function parseInput(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

function accounting({ inputTokens, outputTokens }: ModelAnswer, clock: ModelClock): object {
  return {
    usage: { inputTokens, outputTokens, totalTokens: inputTokens + outputTokens },
    metrics: { latencyMs: Math.round(clock.elapsedMs) },
  };
}
