import { getEventListeners } from 'node:events';
import { LinkedAbort } from '../../../../../lambdas/gateway/stages/linked-abort';

const reason = new Error('the caller left');

test('aborts with the other signal, for its reason', () => {
  const parent = new AbortController();
  const linked = new LinkedAbort(parent.signal);
  expect(linked.signal.aborted).toBe(false);
  parent.abort(reason);
  expect(linked.signal.reason).toBe(reason);
});

test('is aborted from the start where the other one is', () => {
  expect(new LinkedAbort(AbortSignal.abort(reason)).signal.reason).toBe(reason);
});

test('aborted by itself, it leaves the other one alone', () => {
  const parent = new AbortController();
  const linked = new LinkedAbort(parent.signal);
  linked.abort(reason);
  expect(linked.signal.reason).toBe(reason);
  expect(parent.signal.aborted).toBe(false);
});

test('closed, it hears no more of the other one and is not kept by it', () => {
  const parent = new AbortController();
  const linked = new LinkedAbort(parent.signal);
  linked.close();
  expect(getEventListeners(parent.signal, 'abort')).toEqual([]);
  parent.abort(reason);
  expect(linked.signal.aborted).toBe(false);
});
