import type { AssemblyStack } from '../../../local/assembly';
import { placeOf } from '../../../local/place';

const stack = (name: string, more: Partial<AssemblyStack> = {}): AssemblyStack => ({
  name,
  template: { Resources: {} },
  assets: new Map(),
  ...more,
});

test('stacks that leave a place open stand where the others do', () => {
  expect(placeOf([stack('a'), stack('b', { region: 'eu-west-1' }), stack('c', { accountId: '111122223333' })])).toEqual({
    accountId: '111122223333',
    region: 'eu-west-1',
  });
  expect(placeOf([stack('a')])).toEqual({ accountId: '123456789012', region: 'us-east-1' });
});

test.each([
  [[stack('a', { region: 'eu-west-1' }), stack('b', { region: 'us-east-1' })], /one region: stack a is in eu-west-1, stack b in us-east-1/],
  [[stack('a', { accountId: '1' }), stack('b', { accountId: '2' })], /one account: stack a is in 1, stack b in 2/],
  [[stack('a'), stack('a')], /two stacks named a/],
])('what cannot stand together is refused', (stacks, message) => {
  expect(() => placeOf(stacks)).toThrow(message);
});
