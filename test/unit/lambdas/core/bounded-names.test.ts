import { BoundedNames } from '../../../../lambdas/core/bounded-names';

const names = () => new BoundedNames(2, /^[a-z]+$/, 'other');

test('the first names stay, further ones are counted together', () => {
  const bounded = names();
  expect(['a', 'b', 'c', 'a', 'd', 'b'].map((name) => bounded.of(name))).toEqual(['a', 'b', 'other', 'a', 'other', 'b']);
});

test('what is no name takes no place', () => {
  const bounded = names();
  expect(['', 'A', 'x y', '\u0000', 'a', 'b'].map((name) => bounded.of(name))).toEqual(['other', 'other', 'other', 'other', 'a', 'b']);
});

test('the other one itself may be a name', () => {
  expect(names().of('other')).toBe('other');
});
