import * as fc from 'fast-check';
import { SimulatedPlatform } from './support/simulated-platform';
import { checkAtRest } from './support/at-rest';

/**
 * The account protocol over many processes whose messages are late, lost, or answered in vain, whose clocks differ, and which die at any moment: the
 * gateway's own statements against a table that evaluates them. What may be admitted is counted beside it, by what calls take and not by what the table says.
 */

/** In the last minute of a month: calls fall into two months, days and minutes. */
const START_MS = Date.UTC(2026, 10, 30, 23, 59, 30);
/** When both days are over, and the longest call of them. */
const SWEEP_AFTER_MS = 2 * 86_400_000;

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const limitsOf = (scale: number) =>
  fc
    .record({
      microUsdPerMonth: maybe(fc.integer({ min: 1, max: 2_000 * scale })),
      microUsdPerDay: maybe(fc.integer({ min: 1, max: 1_500 * scale })),
      requestsPerMinute: maybe(fc.integer({ min: 1, max: 8 * scale })),
      tokensPerMinute: maybe(fc.integer({ min: 1, max: 300 * scale })),
      concurrency: maybe(fc.integer({ min: 1, max: 4 * scale })),
    })
    .map((limits) => Object.fromEntries(Object.entries(limits).filter(([, limit]) => limit !== undefined)));

const process = fc.record({
  skewMs: fc.integer({ min: -2_000, max: 2_000 }),
  diesAfterMs: maybe(fc.integer({ min: 0, max: 70_000 })),
});

const call = fc.record({
  process: fc.nat(),
  afterMs: fc.integer({ min: 0, max: 60_000 }),
  worst: fc.record({ microUsd: fc.integer({ min: 0, max: 500 }), tokens: fc.integer({ min: 0, max: 100 }) }),
  /** Of the worst case, in percent. */
  share: fc.integer({ min: 0, max: 100 }),
  modelMs: fc.integer({ min: 0, max: 20_000 }),
});

test('no limit of any level is exceeded, nothing is left after a sweep, and every level adds up to the records', async () => {
  let dispatched = 0;
  let refused = 0;
  let died = 0;
  let marked = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(limitsOf(1), limitsOf(2), limitsOf(4)),
      fc.array(process, { minLength: 1, maxLength: 4 }),
      fc.array(call, { minLength: 1, maxLength: 16 }),
      fc.gen(),
      async ([key, tenant, environment], processes, calls, draw) => {
        const platform = new SimulatedPlatform(START_MS, draw, [
          { kind: 'key', id: 'k', limits: key },
          { kind: 'tenant', id: 't', limits: tenant },
          { kind: 'environment', id: 'e', limits: environment },
        ]);
        const started = processes.map((given) => platform.startProcess(given));
        for (const { process: index, ...given } of calls) platform.startCall(started[index % started.length]!, given);
        await platform.simulation.run();
        await platform.sweepAt(START_MS + SWEEP_AFTER_MS);
        checkAtRest(platform);
        dispatched += platform.calls.filter(({ isDispatched }) => isDispatched).length;
        refused += platform.calls.filter(({ isRefused }) => isRefused).length;
        died += processes.filter(({ diesAfterMs }) => diesAfterMs !== undefined).length;
        marked += platform.marks;
      },
    ),
    { numRuns: 1_500 },
  );
  // What was generated is what the property is about.
  expect(Math.min(dispatched, refused, died, marked)).toBeGreaterThan(20);
}, 120_000);

test('what a minute is given back is never given back twice, whatever is lost on the way', async () => {
  const short = fc.record({
    process: fc.nat(),
    afterMs: fc.integer({ min: 0, max: 20_000 }),
    worst: fc.record({ microUsd: fc.constant(1), tokens: fc.integer({ min: 30, max: 60 }) }),
    share: fc.constantFrom(0, 0, 100),
    modelMs: fc.constantFrom(0, 5_000),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(short, { minLength: 6, maxLength: 16 }), fc.gen(), async (calls, draw) => {
      const platform = new SimulatedPlatform(START_MS + 30_000, draw, [{ kind: 'key', id: 'k', limits: { tokensPerMinute: 60 } }]);
      const only = platform.startProcess({ skewMs: 0, diesAfterMs: undefined });
      for (const given of calls) platform.startCall(only, given);
      await platform.simulation.run();
      if (platform.violations.length > 0) throw platform.violations[0];
    }),
    { numRuns: 500 },
  );
});

test('the same of accounts with shards: what a shard was granted and did not need comes back once its day is over', async () => {
  let inShards = 0;
  let inAccount = 0;
  let refused = 0;
  const small = fc.record({
    process: fc.nat(),
    afterMs: fc.integer({ min: 0, max: 60_000 }),
    worst: fc.record({ microUsd: fc.integer({ min: 0, max: 40 }), tokens: fc.integer({ min: 0, max: 20 }) }),
    share: fc.integer({ min: 0, max: 100 }),
    modelMs: fc.integer({ min: 0, max: 20_000 }),
  });
  const sharded = fc
    .record({
      microUsdPerMonth: maybe(fc.integer({ min: 200, max: 8_000 })),
      microUsdPerDay: maybe(fc.integer({ min: 200, max: 6_000 })),
      requestsPerMinute: maybe(fc.integer({ min: 4, max: 40 })),
      tokensPerMinute: maybe(fc.integer({ min: 100, max: 1_000 })),
      concurrency: maybe(fc.integer({ min: 32, max: 40 })),
      softLimitPercent: maybe(fc.integer({ min: 1, max: 100 })),
      shards: fc.constant(4 as const),
    })
    .map((limits) => Object.fromEntries(Object.entries(limits).filter(([, limit]) => limit !== undefined)));
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(limitsOf(4), sharded),
      fc.array(process, { minLength: 1, maxLength: 4 }),
      fc.array(small, { minLength: 10, maxLength: 60 }),
      fc.gen(),
      async ([tenant, environment], processes, calls, draw) => {
        const platform = new SimulatedPlatform(START_MS, draw, [
          { kind: 'tenant', id: 't', limits: tenant },
          { kind: 'environment', id: 'e', limits: environment },
        ]);
        const started = processes.map((given) => platform.startProcess(given));
        for (const { process: index, ...given } of calls) platform.startCall(started[index % started.length]!, given);
        await platform.simulation.run();
        const of = (pattern: RegExp) =>
          [...platform.table.items].flatMap(([key, item]) => (pattern.test(key) ? Number(item.spent?.N ?? 0) : []));
        inShards += of(/^SHARD.* DAY/).filter((spent) => spent > 0).length;
        inAccount += of(/^ACCOUNT#environment.* MONTH/).filter((spent) => spent > 0).length;
        refused += platform.calls.filter(({ isRefused }) => isRefused).length;
        await platform.sweepAt(START_MS + SWEEP_AFTER_MS);
        checkAtRest(platform);
      },
    ),
    { numRuns: 300 },
  );
  expect(Math.min(inShards, inAccount, refused)).toBeGreaterThan(20);
}, 120_000);
