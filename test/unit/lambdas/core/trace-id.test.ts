import { completionIdOf, newCallId, parseCallId, startedAtSeconds } from '../../../../lambdas/core/trace-id';

const nowMs = Date.UTC(2026, 10, 20, 12, 0, 0, 999);

test('an id begins with its epoch seconds and is otherwise new each time', () => {
  const [a, b] = [newCallId(nowMs), newCallId(nowMs)];
  expect(a).toMatch(/^[0-9a-f]{32}$/);
  expect(startedAtSeconds(a)).toBe(Math.floor(nowMs / 1000));
  expect(a).not.toBe(b);
});

test('reads an id and a completion id, and nothing else', () => {
  const id = newCallId(nowMs);
  expect(parseCallId(id)).toBe(id);
  expect(parseCallId(completionIdOf(id))).toBe(id);
  for (const text of ['', 'chatcmpl-', id.toUpperCase(), `${id}0`, ` ${id}`, `chatcmpl-chatcmpl-${id}`, 'zz'])
    expect(parseCallId(text)).toBeUndefined();
});
