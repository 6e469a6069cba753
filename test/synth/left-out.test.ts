import * as fs from 'node:fs';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { loadEnvironment, validateEnvironment } from '../../config/load';
import { platformDocument } from '../../config/make-platform-document';
import type { EnvironmentConfig } from '../../config/schema';
import { AiGateway } from '../../lib';
import { readAssembly } from '../../local/assembly';
import { cdkContext } from '../helpers/synth';
import { synthWith } from '../helpers/synth-with';

/** What an environment may leave out, or have already: it is valid, and synthesizes. */

const dev = loadEnvironment('dev');

test.each<[string, Partial<EnvironmentConfig>]>([
  ['agents', { agents: undefined }],
  ['each agent', { agents: {} }],
  ['a role for the logs of API Gateway, which the account has', { gateway: { ...dev.gateway, accountLogRole: 'existing' } }],
  [
    'safety, guardrail, cache, retrieval and embeddings',
    {
      safety: undefined,
      guardrail: undefined,
      answerCache: undefined,
      retrieval: undefined,
      embeddingModels: undefined,
      routing: { ...dev.routing, aliases: {} },
    },
  ],
  [
    'a reservation and limits',
    { gateway: { ...dev.gateway, reservedConcurrency: undefined }, limits: { ...dev.limits, environment: undefined } },
  ],
])(
  '%s',
  (_what, change) => {
    validateEnvironment({ ...dev, ...change }, 'this test');
    const folder = synthWith(change);
    try {
      const names = readAssembly(folder).map(({ name }) => name.split('-').at(-1));
      expect(names).toEqual(expect.arrayContaining(['data', 'gateway', 'observability']));
      expect(names.includes('pipelines')).toBe(!('agents' in change));
      expect(names.includes('retrieval')).toBe(!('retrieval' in change));
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  },
  60_000,
);

test('a gateway in a stack of one’s own makes the role for logs, or does not', () => {
  const rolesWith = (accountLogRole: 'create' | 'existing'): number => {
    const stack = new Stack(new App({ context: cdkContext(), analyticsReporting: false }), 'Product', { env: { region: 'eu-west-1' } });
    new AiGateway(stack, 'Gateway', {
      platform: platformDocument({ region: 'eu-west-1', models: ['nova-lite'] }),
      frontDoor: { accountLogRole },
    });
    return Object.keys(Template.fromStack(stack).findResources('AWS::ApiGateway::Account')).length;
  };
  expect([rolesWith('create'), rolesWith('existing')]).toEqual([1, 0]);
}, 60_000);
