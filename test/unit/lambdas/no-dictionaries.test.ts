import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createGuard } from '../../../lambdas/core/safety/guard';
import { Redactor } from '../../../lambdas/core/safety/redactor';
import type { ModelRequest } from '../../../lambdas/gateway/adapters/adapter';
import { ChunkTranslator } from '../../../lambdas/gateway/adapters/openai-compatible/chunks';
import { policyWith } from './core/safety/policies';

/** Whether V8 looks its members up in a table of its own; what that costs a server is told in decision 0013. */
function isDictionary(object: object): boolean {
  setFlagsFromString('--allow-natives-syntax');
  try {
    return !(runInNewContext('(object) => %HasFastProperties(object)')(object) as boolean);
  } finally {
    setFlagsFromString('--no-allow-natives-syntax');
  }
}

/** The first ones are not what the others are. */
function tenthOf(make: () => object): object {
  for (let time = 1; time < 10; time++) make();
  return make();
}

test('an object that is written with accessors becomes a dictionary', () => {
  const make = (value: number) => ({
    get value() {
      return value;
    },
    more: value,
  });
  expect(isDictionary(tenthOf(() => make(1)))).toBe(true);
});

test('what is made for each answer of a model does not', () => {
  const request = { model: { id: 'm' }, body: { model: 'm', messages: [] } } as unknown as ModelRequest;
  const guard = createGuard(policyWith());
  expect(isDictionary(tenthOf(() => new ChunkTranslator(request)))).toBe(false);
  expect(isDictionary(tenthOf(() => guard.outputStream(new Redactor())))).toBe(false);
});
