import { asGatewayError, errorBody, errorCatalogue, GatewayError } from '../../../../lambdas/core/errors';
import { describeError } from '../../../../lambdas/core/log';

test('an error has the status and type of its code', () => {
  const error = new GatewayError('rate_limit_exceeded', 'Slow down.', { retryAfterSeconds: 3 });
  expect([error.status, error.type, error.retryAfterSeconds]).toEqual([429, 'rate_limit_error', 3]);
});

test('every code has a status that is an error', () => {
  const statuses = Object.values(errorCatalogue).map(({ status }) => status);
  expect(statuses.length).toBeGreaterThan(10);
  for (const status of statuses) expect(status).toBeGreaterThanOrEqual(400);
});

test('the body has the shape of OpenAI, and the trace id', () => {
  const error = new GatewayError('invalid_request', 'No.', { param: 'messages[0].role' });
  expect(errorBody(error, 'abc')).toEqual({
    error: { type: 'invalid_request_error', code: 'invalid_request', message: 'No.', param: 'messages[0].role', trace_id: 'abc' },
  });
  expect(errorBody(new GatewayError('invalid_json', 'No.'), 'abc').error.param).toBeNull();
});

test('an unexpected error is internal, and its message is not for the caller', () => {
  const cause = new Error('password is hunter2');
  const error = asGatewayError(cause);
  expect(error.code).toBe('internal_error');
  expect(error.cause).toBe(cause);
  expect(JSON.stringify(errorBody(error, 'abc'))).not.toContain('hunter2');
  expect(asGatewayError(error)).toBe(error);
});

test('a log line has the messages of an error and all its causes', () => {
  const error = asGatewayError(new Error('outer', { cause: new TypeError('inner') }));
  expect(describeError(error)).toMatchObject({
    name: 'GatewayError',
    cause: { message: 'outer', cause: { name: 'TypeError', message: 'inner' } },
  });
  expect(describeError('text')).toEqual({ message: 'text' });
});
