import type { StoredAnswer } from '../../core/answer-cache/answer-cache';
import type { Clock } from '../../core/clock';
import type { ModelEvent, ModelEvents } from '../adapters/adapter';
import { RunTally } from '../run-tally';
import type { ModelRun } from '../stages/call-model';

/** Of a replayed answer, in characters: clients draw a stream piece by piece. */
const PIECE = /[\s\S]{1,256}/gu;

/** What was answered before, as the events of a model. */
export function eventsOfAnswer({ text }: StoredAnswer): readonly ModelEvent[] {
  const pieces = text.match(PIECE) ?? [];
  return [...pieces.map((piece): ModelEvent => ({ type: 'text', text: piece })), { type: 'finish', reason: 'stop' }];
}

/**
 * An answer from the cache in place of a model's: nothing is called.
 *
 * @param similarity Of the question to the one that it answered, where that was in other words.
 */
export function replay(answer: StoredAnswer, clock: Clock, similarity?: number): ModelRun {
  const tally = new RunTally(clock.monotonicMs(), []);
  const stored = eventsOfAnswer(answer);
  tally.similarity = similarity;
  tally.substitute(similarity === undefined ? 'exact' : 'semantic', answer.model, clock.monotonicMs(), stored);
  tally.endedMs = clock.monotonicMs();
  async function* run(): AsyncGenerator<ModelEvents, void> {
    yield await Promise.resolve(stored);
  }
  const events = run();
  return {
    events,
    tally,
    cancel: async () => {
      await events.return();
    },
  };
}
