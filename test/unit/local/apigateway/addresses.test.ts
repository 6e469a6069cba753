import { destinationOf, localAddresses, stagePath } from '../../../../local/apigateway/addresses';
import { RestApi } from '../../../../local/apigateway/rest-api';

function apis(...described: [id: string, ...stages: string[]][]): Map<string, RestApi> {
  return new Map(
    described.map(([id, ...stages]) => {
      const api = new RestApi(id, `${id}root`);
      for (const name of stages) api.stages.set(name, { name });
      return [id, api];
    }),
  );
}

const two = apis(['aaa', 'live', 'test'], ['bbb', 'live']);
const ORIGIN = 'http://127.0.0.1:1234';

test.each([
  ['/v1/models', 'aaa', 'live', '/v1/models'],
  ['/', 'aaa', 'live', '/'],
  ['/aaa/live/v1/models', 'aaa', 'live', '/v1/models'],
  ['/aaa/test/v1/models', 'aaa', 'test', '/v1/models'],
  ['/bbb/live/v1', 'bbb', 'live', '/v1'],
  ['/bbb/live', 'bbb', 'live', '/'],
  ['/bbb/other/v1', 'aaa', 'live', '/bbb/other/v1'],
])('%s leads to %s/%s at %s', (path, api, stage, within) => {
  expect(destinationOf(two, path)).toMatchObject({ api: { id: api }, stage: { name: stage }, path: within });
});

test('without an API, or a stage of it, there is no destination', () => {
  expect(destinationOf(apis(), '/')).toBeUndefined();
  expect(destinationOf(apis(['aaa']), '/')).toBeUndefined();
});

test('a path and its destination agree', () => {
  for (const [id, api] of two) {
    for (const stage of api.stages.keys()) {
      expect(destinationOf(two, `${stagePath(two, id, stage)}/x`)).toMatchObject({ api: { id }, stage: { name: stage }, path: '/x' });
    }
  }
});

test.each([
  ['https://aaa.execute-api.eu-west-1.amazonaws.com/live', ORIGIN],
  ['https://aaa.execute-api.eu-west-1.amazonaws.com/live/v1', `${ORIGIN}/v1`],
  ['https://aaa.execute-api.eu-west-1.amazonaws.com/test/v1', `${ORIGIN}/aaa/test/v1`],
  ['{"url":"https://bbb.execute-api.us-east-1.amazonaws.com/live/","n":1}', `{"url":"${ORIGIN}/bbb/live/","n":1}`],
  ['https://ccc.execute-api.eu-west-1.amazonaws.com/live', 'https://ccc.execute-api.eu-west-1.amazonaws.com/live'],
  ['arn:aws:execute-api:eu-west-1:111122223333:aaa/live/*/v1/*', 'arn:aws:execute-api:eu-west-1:111122223333:aaa/live/*/v1/*'],
])('%s', (text, local) => {
  expect(localAddresses(text, two, ORIGIN)).toBe(local);
});
