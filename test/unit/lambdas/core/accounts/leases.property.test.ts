import * as fc from 'fast-check';
import { checkAtRest } from './support/at-rest';
import { SimulatedPlatform } from './support/simulated-platform';

/**
 * The property of accounts.property.test.ts for processes that lease part of an account and let calls in by that in memory, beside others that do not: the limits
 * are those of the calls, whoever has let them in.
 */

/** In the last minute of a month: leases are taken in one and their calls end in the next. */
const START_MS = Date.UTC(2026, 10, 30, 23, 59, 10);
const SWEEP_AFTER_MS = 2 * 86_400_000;

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
/** Mostly for as many calls as a lease is worth while, and sometimes for fewer than there are. */
const limitsOf = (scale: number) =>
  fc
    .record({
      microUsdPerMonth: maybe(fc.integer({ min: 300, max: 6_000 * scale })),
      microUsdPerDay: maybe(fc.integer({ min: 300, max: 5_000 * scale })),
      requestsPerMinute: maybe(fc.integer({ min: 20, max: 200 * scale })),
      tokensPerMinute: maybe(fc.integer({ min: 200, max: 4_000 * scale })),
      softLimitPercent: maybe(fc.integer({ min: 1, max: 100 })),
    })
    .map((limits) => Object.fromEntries(Object.entries(limits).filter(([, limit]) => limit !== undefined)));

const process = fc.record({
  skewMs: fc.integer({ min: -2_000, max: 2_000 }),
  diesAfterMs: maybe(fc.integer({ min: 0, max: 90_000 })),
  hasLeases: fc.constantFrom(true, true, true, false),
});

const call = fc.record({
  process: fc.nat(),
  afterMs: fc.integer({ min: 0, max: 80_000 }),
  worst: fc.record({ microUsd: fc.integer({ min: 0, max: 40 }), tokens: fc.integer({ min: 0, max: 20 }) }),
  /** Of the worst case, in percent. */
  share: fc.integer({ min: 0, max: 100 }),
  modelMs: fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 0, max: 5_000 }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 60_000 }) },
  ),
});

test('by leases too no limit of any level is exceeded, nothing is left after a sweep, and every level adds up to the records', async () => {
  const seen = { leases: 0, leased: 0, partlyLeased: 0, direct: 0, refused: 0, died: 0, leftLeases: 0, unknown: 0 };
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(limitsOf(1), limitsOf(2), limitsOf(4)),
      fc.array(process, { minLength: 1, maxLength: 3 }),
      fc.array(call, { minLength: 30, maxLength: 120 }),
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
        seen.leftLeases += platform.heldLeases();
        await platform.sweepAt(START_MS + SWEEP_AFTER_MS);
        checkAtRest(platform);
        seen.leases += platform.leases.size;
        seen.leased += platform.calls.filter(
          ({ id, isDispatched }) => isDispatched && platform.byLease.has(id) && !platform.directly.has(id),
        ).length;
        seen.partlyLeased += platform.calls.filter(
          ({ id, isDispatched }) => isDispatched && platform.byLease.has(id) && platform.directly.has(id),
        ).length;
        seen.direct += platform.directly.size;
        seen.refused += platform.calls.filter(({ isRefused }) => isRefused).length;
        seen.died += processes.filter(({ diesAfterMs }) => diesAfterMs !== undefined).length;
        seen.unknown += platform.audit.unknown.size;
      },
    ),
    // Its cases are large: a seed is run again sooner than they are made smaller.
    { numRuns: 250, endOnFailure: true },
  );
  // What was generated is what the property is about.
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(20);
}, 180_000);

test('a process that ends by itself leaves nothing to the sweeper', async () => {
  let leases = 0;
  await fc.assert(
    fc.asyncProperty(
      limitsOf(4),
      fc.array(call, { minLength: 20, maxLength: 60 }),
      fc.integer({ min: 0, max: 40_000 }),
      async (limits, calls, endsAfterMs) => {
        const platform = new SimulatedPlatform(START_MS, quiet, [{ kind: 'key', id: 'k', limits }]);
        const process = platform.startProcess({ skewMs: 0, diesAfterMs: undefined, hasLeases: true });
        for (const { process: _only, ...given } of calls)
          platform.startCall(process, { ...given, modelMs: 0, afterMs: given.afterMs % (endsAfterMs + 1) });
        let closed: Promise<void> | undefined;
        // After the last message of the last call.
        platform.simulation.at(endsAfterMs + 1_000, () => (closed = process.leased?.close()));
        await platform.simulation.run();
        await closed;
        leases += platform.leases.size;
        expect(platform.heldLeases()).toBe(0);
        await platform.sweepAt(START_MS + SWEEP_AFTER_MS);
        checkAtRest(platform);
        expect(platform.audit.unknown.size).toBe(0);
      },
    ),
    { numRuns: 100 },
  );
  expect(leases).toBeGreaterThan(20);
}, 60_000);

/** Of a network that loses nothing. */
const quiet = ((arbitrary: () => fc.Arbitrary<unknown>) => {
  const [value] = fc.sample(arbitrary(), { numRuns: 1, seed: 1 });
  return typeof value === 'object' ? { thereMs: 1, backMs: 1, loses: 'nothing' } : value;
}) as fc.GeneratorValue;
