import { inOneBatch } from '../../../../../lambdas/gateway/adapters/shared/in-one-batch';

test('what comes before an error is handed on before it is thrown', () => {
  const error = new Error('malformed');
  function* events() {
    yield { type: 'text', text: 'a' } as const;
    yield { type: 'text', text: 'b' } as const;
    throw error;
  }
  const batches = inOneBatch(events());
  expect(batches.next().value).toEqual([
    { type: 'text', text: 'a' },
    { type: 'text', text: 'b' },
  ]);
  expect(() => batches.next()).toThrow(error);
});

test('nothing is no batch', () => {
  expect([...inOneBatch([])]).toEqual([]);
});
