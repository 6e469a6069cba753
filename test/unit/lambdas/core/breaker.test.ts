import { Breakers } from '../../../../lambdas/core/breaker';

let nowMs = 0;
const make = (maxKeys?: number) => new Breakers({ failureThreshold: 3, openMs: 1_000 }, { nowMs: () => nowMs }, maxKeys);
beforeEach(() => {
  nowMs = 1_000_000;
});

function fail(breakers: Breakers, key = 'm', times = 1): void {
  for (let time = 0; time < times; time++) breakers.enter(key)?.failed();
}

test('opens after failures in a row, and a success between them begins anew', () => {
  const breakers = make();
  fail(breakers, 'm', 2);
  breakers.enter('m')?.succeeded();
  fail(breakers, 'm', 2);
  expect(breakers.allows('m')).toBe(true);
  fail(breakers);
  expect(breakers.allows('m')).toBe(false);
  expect(breakers.enter('m')).toBeUndefined();
  expect(breakers.waitMs('m')).toBe(1_000);
});

test('each key has its own', () => {
  const breakers = make();
  fail(breakers, 'm', 3);
  expect([breakers.allows('m'), breakers.allows('n')]).toEqual([false, true]);
});

test('half-open: one call probes, others wait for what it finds', () => {
  const breakers = make();
  fail(breakers, 'm', 3);
  nowMs += 999;
  expect(breakers.enter('m')).toBeUndefined();
  expect(breakers.waitMs('m')).toBe(1);
  nowMs += 1;
  const probe = breakers.enter('m');
  expect(probe).toBeDefined();
  expect(breakers.enter('m')).toBeUndefined();
  probe?.succeeded();
  expect(breakers.enter('m')).toBeDefined();
  expect(breakers.size).toBe(0);
});

test('a probe that fails opens it for another whole time, by itself', () => {
  const breakers = make();
  fail(breakers, 'm', 3);
  nowMs += 1_000;
  fail(breakers);
  nowMs += 999;
  expect(breakers.allows('m')).toBe(false);
  nowMs += 1;
  expect(breakers.allows('m')).toBe(true);
});

test('a probe that found out nothing leaves its place to the next', () => {
  const breakers = make();
  fail(breakers, 'm', 3);
  nowMs += 1_000;
  breakers.enter('m')?.released();
  const next = breakers.enter('m');
  expect(next).toBeDefined();
  // Its end has been: what comes after is without effect.
  next?.succeeded();
  next?.failed();
  expect(breakers.size).toBe(0);
});

test('a call that was released counts for nothing', () => {
  const breakers = make();
  fail(breakers, 'm', 2);
  for (let call = 0; call < 5; call++) breakers.enter('m')?.released();
  expect(breakers.allows('m')).toBe(true);
  fail(breakers);
  expect(breakers.allows('m')).toBe(false);
});

test('a clock that was set back does not keep it open', () => {
  const breakers = make();
  fail(breakers, 'm', 3);
  nowMs -= 5_000;
  expect(breakers.allows('m')).toBe(true);
});

test('keys are bounded: the one that failed longest ago makes room', () => {
  const breakers = make(2);
  for (const key of ['a', 'b', 'c']) fail(breakers, key, 3);
  expect(breakers.size).toBe(2);
  expect(['a', 'b', 'c'].map((key) => breakers.allows(key))).toEqual([true, false, false]);
});
