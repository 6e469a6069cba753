import { App } from 'aws-cdk-lib';
import { dev } from '../../config/environments/dev';
import { platformDocumentOf } from '../../config/platform-document';
import type { EnvironmentConfig } from '../../config/schema';
import { checkAgentShare } from '../../lib/constructs/agent-share';
import { PlatformStage } from '../../lib';
import { cdkContext } from '../helpers/synth';

/** What agents may take of a gateway that reserves its concurrency. */

const churn = (maxConcurrency?: number) =>
  ({ churn: { autonomy: 'act', ...(maxConcurrency !== undefined && { maxConcurrency }) } }) as const;

function stage(reservedConcurrency: number | undefined, agents: EnvironmentConfig['agents']): PlatformStage {
  const config: EnvironmentConfig = { ...dev, gateway: { ...dev.gateway, reservedConcurrency }, agents };
  return new PlatformStage(new App({ context: cdkContext(), analyticsReporting: false }), { config, platform: platformDocumentOf(config) });
}

test('more than half of it fails the synthesis, with each agent’s part', () => {
  expect(() => stage(99, churn())).toThrow(
    'The agents may have 50 calls at the gateway at once (churn 50), and the gateway reserves 99, of which they may have 49. Lower maxConcurrency of agents, or reserve more.',
  );
  expect(() => stage(100, { ...churn(), deploys: { autonomy: 'act', maxConcurrency: 2 } })).toThrow('(churn 50, deploys 10)');
});

test('half of it is reserved for the gateway function, and for no other', () => {
  const { gateway, pipelines } = stage(20, churn(2));
  expect(pipelines?.pipelines.map(({ callsAtOnce }) => callsAtOnce)).toEqual([10]);
  const functions = [gateway, pipelines].flatMap((stack) =>
    (stack?.node.findAll() ?? []).flatMap((node) => ('reservedConcurrentExecutions' in node ? [node] : [])),
  );
  const reserved = functions.filter(({ reservedConcurrentExecutions }) => reservedConcurrentExecutions !== undefined);
  expect(reserved.map(({ node, reservedConcurrentExecutions }) => [node.path, reservedConcurrentExecutions])).toEqual([
    ['dev/Gateway/Gateway/Function/Resource/Resource', 20],
  ]);
});

test('without a reservation nothing is bound', () => {
  expect(() => stage(undefined, churn(1_000))).not.toThrow();
});

test('what is known only at deployment is not counted', () => {
  const pipelines = [{ agentName: 'a', callsAtOnce: undefined }];
  expect(() => checkAgentShare(pipelines, 1)).not.toThrow();
  expect(() => checkAgentShare([...pipelines, { agentName: 'b', callsAtOnce: 1 }], 1)).toThrow('a an unknown number, b 1');
});
