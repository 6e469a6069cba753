import { createApplyGuardrail } from '../../../../../lambdas/core/guardrail/apply-guardrail';
import { describeError } from '../../../../../lambdas/core/log';
import { type Respond, startServer, type TestServer } from '../../support/http-server';

const TEXT = 'unmentionable';
const config = {
  region: async () => 'eu-west-1',
  credentials: async () => ({ accessKeyId: 'AKID', secretAccessKey: 'secret' }),
  systemClockOffset: 0,
};

let server: TestServer;
let respond: Respond;
beforeEach(async () => {
  respond = (_request, response) => void response.end('{"action":"NONE","usage":{"contentPolicyUnits":3}}');
  server = await startServer((...all) => respond(...all));
});
afterEach(() => server.close());

const applyWith = (more: object = {}) => createApplyGuardrail(config, { id: 'abc123', version: '4', endpoint: server.url, ...more });

async function failureOf(apply = applyWith()): Promise<string> {
  const error = await apply('INPUT', [TEXT]).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return JSON.stringify(describeError(error));
}

test('asks for one version of one guardrail, signed, with each text a block of its own', async () => {
  expect(await applyWith()('OUTPUT', ['one', 'two'])).toEqual({ outcome: 'passed', texts: [], findings: [], units: 3 });
  expect(server.received).toMatchObject([
    {
      method: 'POST',
      path: '/guardrail/abc123/version/4/apply',
      headers: { 'content-type': 'application/json', authorization: expect.stringContaining('/eu-west-1/bedrock/aws4_request') },
      body: '{"source":"OUTPUT","content":[{"text":{"text":"one"}},{"text":{"text":"two"}}]}',
    },
  ]);
});

test.each([400, 403, 404, 429, 500, 503])(
  '%i is no verdict; asked once, and nothing that was sent or quoted is in the error',
  async (status) => {
    respond = ({ body }, response) => void response.writeHead(status).end(body);
    const failure = await failureOf();
    expect(failure).toContain(`gave no verdict: Bedrock answered ${status}.`);
    expect(failure).not.toContain(TEXT);
    expect(server.received).toHaveLength(1);
  },
);

test('an answer that breaks off, and none in time, are no verdict', async () => {
  respond = (_request, response) => void response.destroy();
  expect(await failureOf()).toMatch(/gave no verdict\./);
  respond = () => undefined;
  expect(await failureOf(applyWith({ timeoutMs: 50 }))).toMatch(/gave no verdict\..*did not answer within 50 ms/);
});

test.each([
  [{ id: 'arn:aws:bedrock:eu-west-1:111122223333:guardrail/abc123' }, /GUARDRAIL_ID must be a guardrail's id/],
  [{ version: 'latest' }, /GUARDRAIL_VERSION must be the number of a version, or DRAFT; received "latest"/],
])('%j is refused before anything is asked', (address, message) => {
  expect(() => applyWith(address)).toThrow(message);
});
