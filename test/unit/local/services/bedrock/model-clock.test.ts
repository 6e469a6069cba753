import { ModelClock } from '../../../../../local/services/bedrock/model-clock';

const FAR_LONGER_THAN_A_TEST_MS = 600_000;

it('stops waiting when the caller leaves', async () => {
  const caller = new AbortController();
  const waiting = new ModelClock(caller.signal).wait(FAR_LONGER_THAN_A_TEST_MS);
  caller.abort();
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
});

it('does not begin for a caller that has left, even without a wait', async () => {
  await expect(new ModelClock(AbortSignal.abort()).wait(0)).rejects.toMatchObject({ name: 'AbortError' });
});

it('counts what it waited, and nothing for no wait', async () => {
  const clock = new ModelClock(new AbortController().signal);
  await clock.wait(0);
  expect(clock.elapsedMs).toBe(0);
  await clock.wait(5);
  expect(clock.elapsedMs).toBeGreaterThan(0);
});
