import { randomUUID } from 'node:crypto';
import * as fc from 'fast-check';
import { decisionIdOf } from '../../../../../lambdas/core/agents/decision';
import { Harness } from '../../../local/services/dynamodb/harness';
import { AgentWorld, MAX_RECEIVES, Outside, VISIBILITY_MS, type Wire } from './support/agent-world';
import { runsTable } from './support/runs-table';
import { completion, eventBody, testAgent } from './support/test-agent';

/**
 * The runtime against a model of everything that can go wrong between a queue and an effect: events that come twice and in any order, processes
 * that die at any call before or after it has its effect, or stop for longer than their lock and then go on, a model that answers differently each time,
 * fails for a while or for ever.
 */

let dynamodb: Harness;

beforeAll(async () => {
  dynamodb = await Harness.start({ tables: [runsTable] });
});
afterAll(() => dynamodb.stop());
afterEach(() => jest.useRealTimers());

type Nature = { readonly kind: 'sound' } | { readonly kind: 'poison' } | { readonly kind: 'failing'; readonly times: number };

interface Attempt {
  readonly batch: number;
  readonly advanceMs: number;
  /** Which call of the process is its last; none with undefined. */
  readonly dies?: { readonly at: number; readonly after: boolean };
  /** Which call is answered only after the other attempts. */
  readonly stops?: number;
}

const natures = fc.oneof<fc.Arbitrary<Nature>[]>(
  fc.constant({ kind: 'sound' }),
  fc.constant({ kind: 'poison' }),
  fc.record({ kind: fc.constant('failing'), times: fc.integer({ min: 1, max: 3 }) }),
);
const attempts = fc.record<Attempt>(
  {
    batch: fc.integer({ min: 1, max: 5 }),
    advanceMs: fc.constantFrom(0, 1_000, 100_000, VISIBILITY_MS + 1),
    dies: fc.record({ at: fc.integer({ min: 1, max: 18 }), after: fc.boolean() }),
    stops: fc.integer({ min: 1, max: 12 }),
  },
  { requiredKeys: ['batch', 'advanceMs'] },
);

const scenarios = fc.record({
  events: fc.array(fc.record({ nature: natures, copies: fc.integer({ min: 1, max: 3 }) }), { minLength: 1, maxLength: 4 }),
  order: fc.array(fc.nat(), { minLength: 12, maxLength: 12 }),
  attempts: fc.array(attempts, { maxLength: 8 }),
});

/** Ends in the middle: a process that died says nothing more. */
class Died extends Error {}

function wireOf({ dies, stops }: Attempt, resumed: Promise<void>): { readonly wire: Wire; readonly death: Promise<never> } {
  let calls = 0;
  let dead = false;
  let die!: (error: Died) => void;
  const death = new Promise<never>((_resolve, reject) => {
    die = reject;
  });
  death.catch(() => undefined);
  const wire: Wire = async (call) => {
    calls += 1;
    const mine = calls;
    if (dead) return new Promise(() => undefined);
    if (mine === stops) await resumed;
    if (mine !== dies?.at) return call();
    dead = true;
    if (dies.after) await call().catch(() => undefined);
    die(new Died());
    return new Promise(() => undefined);
  };
  return { wire, death };
}

test('effects happen at most once, and exactly once where the agent succeeds; nothing is lost', async () => {
  // The lock reads the wall clock.
  jest.useFakeTimers({
    doNotFake: [
      'nextTick',
      'setImmediate',
      'clearImmediate',
      'setTimeout',
      'clearTimeout',
      'setInterval',
      'clearInterval',
      'queueMicrotask',
      'performance',
      'hrtime',
    ],
  });
  const seen = { deaths: 0, stops: 0, deadLetters: 0, deleted: 0, letters: 0 };
  await fc.assert(
    fc.asyncProperty(scenarios, async ({ events, order, attempts }) => {
      const run = randomUUID();
      const failures = new Map<string, number>();
      const natureOf = new Map(events.map(({ nature }, index) => [`${run}:${index}`, nature]));
      const outside = new Outside((user, call) => {
        const { thing } = JSON.parse(user) as { readonly thing: string };
        const nature = natureOf.get(thing) ?? { kind: 'poison' };
        const before = failures.get(thing) ?? 0;
        failures.set(thing, before + 1);
        if (nature.kind === 'poison') return completion('no JSON');
        if (nature.kind === 'failing' && before < nature.times)
          return Response.json({ error: { code: 'model_unavailable', message: 'Down.' } }, { status: 503 });
        return completion({ reasoning: 'It says so.', answer: `answer ${call}`, confidence: 0.9 });
      });
      const world = new AgentWorld(dynamodb.client, outside);
      const advance = (ms: number): void => {
        world.nowMs += ms;
        jest.setSystemTime(world.nowMs);
      };
      advance(0);

      const copies = events.flatMap(({ copies }, index) => Array.from({ length: copies }, () => `${run}:${index}`));
      const sent = new Map(shuffled(copies, order).map((id) => [world.send(eventBody(id)), id]));
      const deleted = new Set<string>();
      const keep = (ids: readonly string[]): void => ids.forEach((id) => deleted.add(id));

      let resume!: () => void;
      const resumed = new Promise<void>((resolve) => {
        resume = resolve;
      });
      const stopped: Promise<unknown>[] = [];
      for (const attempt of attempts) {
        advance(attempt.advanceMs);
        const { wire, death } = wireOf(attempt, resumed);
        const work = world.invoke(attempt.batch, wire).then(keep);
        const end = Promise.race([work, death]).catch((error: unknown) => {
          if (!(error instanceof Died)) throw error;
          seen.deaths += 1;
        });
        if (attempt.stops === undefined) await end;
        else stopped.push(end);
      }
      seen.stops += stopped.length;
      resume();
      await Promise.all(stopped);
      // What is left comes again until it is gone.
      for (let round = 0; round < 2 * MAX_RECEIVES && world.queue.messages.length > 0; round += 1) {
        advance(VISIBILITY_MS + 1);
        keep(await world.invoke());
      }

      const dead = world.deadLetters.messages;
      expect(world.queue.messages).toEqual([]);
      // Nothing is lost: what was sent was worked on, or lies where somebody sees it.
      expect(new Set([...deleted, ...dead.map(({ id }) => id)])).toEqual(new Set(sent.keys()));
      for (const { receiveCount } of dead) expect(receiveCount).toBe(MAX_RECEIVES);
      for (const [messageId, eventId] of sent) {
        const decisionId = decisionIdOf(testAgent.name, eventId);
        const notes = [...outside.notes.keys()].filter((key) => key.startsWith(decisionId));
        const letters = outside.letters.get(`${decisionId}/letter`) ?? 0;
        expect(letters).toBeLessThanOrEqual(1);
        // By one decision, however often the model was asked and whatever it answered.
        expect(new Set(notes.map((key) => outside.notes.get(key)?.answer)).size).toBeLessThanOrEqual(1);
        if (natureOf.get(eventId)?.kind === 'poison') expect(deleted).not.toContain(messageId);
        if (!deleted.has(messageId)) continue;
        expect(letters).toBe(1);
        expect(notes.toSorted()).toEqual([`${decisionId}/note`, `${decisionId}/note/2`]);
      }
      seen.deadLetters += dead.length;
      seen.deleted += deleted.size;
      seen.letters += outside.letters.size;
    }),
    { numRuns: 60 },
  );
  // It looked at something.
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(10);
}, 240_000);

function shuffled(values: readonly string[], order: readonly number[]): readonly string[] {
  const left = [...values];
  return values.map((_value, index) => left.splice((order[index] ?? 0) % left.length, 1)[0] as string);
}
