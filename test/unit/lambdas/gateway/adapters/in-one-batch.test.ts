import { inOneBatch } from '../../../../../lambdas/gateway/adapters/shared/in-one-batch';

test('what comes before an error is handed on before it is thrown', () => {
  const error = new Error('malformed');
  const batches = inOneBatch((events) => {
    events.push({ type: 'text', text: 'a' }, { type: 'text', text: 'b' });
    throw error;
  });
  expect(batches.next().value).toEqual([
    { type: 'text', text: 'a' },
    { type: 'text', text: 'b' },
  ]);
  expect(() => batches.next()).toThrow(error);
});

test('nothing is no batch', () => {
  expect([...inOneBatch(() => undefined)]).toEqual([]);
});
