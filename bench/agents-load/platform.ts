import * as fs from 'node:fs';
import * as path from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { App } from 'aws-cdk-lib';
import { seedAgentRoles } from '../../bin/local/gateways';
import { seedPrompts } from '../../bin/local/seed-prompts';
import { PACKAGED_PROMPTS } from '../../bin/packaged';
import { dev } from '../../config/environments/dev';
import { platformDocumentOf } from '../../config/platform-document';
import type { EnvironmentConfig } from '../../config/schema';
import { createKey } from '../../lambdas/core/administration/key-store';
import { PlatformStage } from '../../lib';
import { Emulator } from '../../local/emulator';
import { type EmulatorEvent, EventSink } from '../../local/events';
import type { LambdaFunction } from '../../local/lambda/function';
import type { Queue } from '../../local/services/sqs/queue';

export const MODEL_MS = 300;
/** Of the agent, in batches. */
export const MAX_CONCURRENCY = 2;
/** As AgentPipeline has it when nothing is said. */
export const BATCH_SIZE = 5;
/** Twice what the agent may take of it, and no less: less does not synthesize. */
export const RESERVED_CONCURRENCY = 2 * MAX_CONCURRENCY * BATCH_SIZE;

/** `dev` with one agent, whose bound is lower than the emulator's own for any function, and a gateway that reserves its concurrency. */
export const config: EnvironmentConfig = {
  ...dev,
  gateway: { ...dev.gateway, reservedConcurrency: RESERVED_CONCURRENCY },
  agents: { churn: { autonomy: 'act', maxConcurrency: MAX_CONCURRENCY } },
};

/** The platform of `config` at work, and what is looked at in it. */
export interface LoadedPlatform {
  readonly emulator: Emulator;
  readonly dynamodb: DynamoDBClient;
  /** Of a caller that is no agent, and of another tenant. */
  readonly key: string;
  readonly agent: LambdaFunction;
  readonly queue: Queue;
  readonly deadLetters: Queue;
  readonly count: ReadonlyMap<EmulatorEvent['kind'] | 'throttled', number>;
  stop(): Promise<void>;
}

/** @param folder For the assembly; empty, or not there yet. The bundles have to be there. */
export async function startLoadedPlatform(folder: string): Promise<LoadedPlatform> {
  // The flags by which a deployment is synthesized, too.
  const { context } = JSON.parse(fs.readFileSync(path.join(__dirname, '..', '..', 'cdk.json'), 'utf8')) as {
    context: Record<string, unknown>;
  };
  const app = new App({ outdir: folder, analyticsReporting: false, context });
  new PlatformStage(app, { config, platform: platformDocumentOf(config) });
  const { directory } = app.synth();
  const events = new EventSink();
  const count = new Map<EmulatorEvent['kind'] | 'throttled', number>();
  const add = (kind: EmulatorEvent['kind'] | 'throttled') => count.set(kind, (count.get(kind) ?? 0) + 1);
  events.listen((event) => add(event.kind === 'access' && event.status === 429 ? 'throttled' : event.kind));
  const emulator = await Emulator.start({ assembly: directory, port: 0, latency: { firstTokenMs: MODEL_MS, perTokenMs: 0 }, events });
  const { world, administrator } = emulator;
  const registry = emulator.output('RegistryTable');
  await seedAgentRoles(emulator, registry);
  await seedPrompts(emulator, registry, [PACKAGED_PROMPTS], (text) => {
    throw new Error(text);
  });
  const dynamodb = new DynamoDBClient({ endpoint: world.endpoint.url, region: world.region, credentials: administrator });
  const { secret } = await createKey({ client: dynamodb, table: registry, tenant: 'acme', name: 'direct' });
  const agent = [...world.functions.values()].find(({ definition }) => definition.variables.POWERTOOLS_SERVICE_NAME === 'agents/churn');
  const queueOf = (name: string): Queue => {
    const url = world.ssm.valueOf(`/${config.platform}/${config.name}/${name}`) ?? name;
    const queue = [...world.sqs.queues.values()].find(({ definition }) => url.endsWith(`/${definition.name}`));
    if (queue === undefined) throw new Error(`There is no queue ${url} among what runs.`);
    return queue;
  };
  if (agent === undefined) throw new Error('The agent is not among what runs.');
  return {
    emulator,
    dynamodb,
    key: secret,
    agent,
    queue: queueOf('agent-churn-queue'),
    deadLetters: queueOf('agent-churn-dead-letters'),
    count,
    stop: async () => {
      dynamodb.destroy();
      await emulator.stop();
    },
  };
}
