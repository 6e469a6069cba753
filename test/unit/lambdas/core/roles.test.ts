import { roleArnOf } from '../../../../lambdas/core/roles';

test.each([
  ['arn:aws:sts::111122223333:assumed-role/caller/session', 'arn:aws:iam::111122223333:role/caller'],
  ['arn:aws-us-gov:sts::111122223333:assumed-role/a.b_c/i-0abc', 'arn:aws-us-gov:iam::111122223333:role/a.b_c'],
])('%s is a session of %s', (session, role) => {
  expect(roleArnOf(session)).toBe(role);
});

test.each([
  'arn:aws:iam::111122223333:user/someone',
  'arn:aws:iam::111122223333:root',
  'arn:aws:sts::111122223333:assumed-role/caller',
  '',
])('%p is no role session', (arn) => {
  expect(roleArnOf(arn)).toBeUndefined();
});
