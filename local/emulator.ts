import * as path from 'node:path';
import { stagePath } from './apigateway/addresses';
import type { RestApi } from './apigateway/rest-api';
import { ApiServer } from './apigateway/server';
import { type AssemblyStack, readAssembly } from './assembly';
import { AwsEndpoint, type Credentials } from './endpoint';
import { Checkpoints } from './event-sources/checkpoints';
import { EventSources } from './event-sources/event-sources';
import { Background } from './delivery/background';
import { EventSink } from './events';
import { PermissionUse } from './iam/permission-use';
import type { LambdaFunction } from './lambda/function';
import { Monitoring } from './metrics/monitoring';
import { gaugesOf } from './metrics/queue-gauges';
import { placeOf } from './place';
import { resources } from './resources';
import { Schedules } from './schedules/schedules';
import { AossService } from './services/aoss';
import { EventBridgeService } from './services/events';
import { Guardrails } from './services/bedrock/guardrails/guardrails';
import { BedrockRuntimeService, type ModelLatency } from './services/bedrock';
import { DynamoDbService } from './services/dynamodb';
import { KmsService } from './services/kms';
import { LambdaService } from './services/lambda';
import { S3Service } from './services/s3';
import { SecretsManagerService } from './services/secrets-manager';
import { SqsService } from './services/sqs';
import { SsmService } from './services/ssm';
import { StsService } from './services/sts';
import { type StartReport, startStacks } from './stack-runner';
import type { World } from './world';

export interface EmulatorOptions {
  /** Folder of a cloud assembly, as `cdk synth` writes it; several stand together in one account and region. */
  readonly assembly: string | readonly string[];
  /** Port of the APIs on 127.0.0.1; 0 for any free one. */
  readonly port: number;
  /** Folder that keeps state from one start to the next. Absent: state is in memory and gone at the end. */
  readonly stateFolder?: string;
  /** Of the simulated models. */
  readonly latency?: ModelLatency;
  readonly events?: EventSink;
  /**
   * Clock of metrics, alarms, schedules, streams and S3, epoch milliseconds. Given one, nothing happens because time passes: alarms are evaluated by
   * `world.monitoring.evaluate`, schedules looked at by `world.schedules.runDue`, and what waits in a stream is handed over by `world.eventSources.poll`.
   */
  readonly now?: () => number;
  /** Runs when everything has started, before the first request is let in. */
  readonly prepare?: (emulator: Emulator) => Promise<void>;
  /** Changes the stacks before they start: how tests take a permission away. */
  readonly transform?: (stacks: AssemblyStack[]) => AssemblyStack[];
}

/** Synthesized assemblies at work on this machine. */
export class Emulator {
  private constructor(
    readonly world: World,
    readonly report: StartReport,
    private readonly server: ApiServer,
    readonly port: number,
    /** Someone who may do everything: the person at this machine. */
    readonly administrator: Credentials,
  ) {}

  /** Base URL of the first API's first stage, without a trailing slash. */
  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /**
   * Starts everything that the assemblies' templates describe.
   * @throws AssemblyError, ResourceError, or the system's error when the port is in use
   */
  static async start(options: EmulatorOptions): Promise<Emulator> {
    const folders = typeof options.assembly === 'string' ? [options.assembly] : options.assembly;
    const read = folders.flatMap(readAssembly);
    const stacks = options.transform?.(read) ?? read;
    const place = placeOf(stacks);
    const events = options.events ?? new EventSink();
    const functions = new Map<string, LambdaFunction>();
    const apis = new Map<string, RestApi>();
    const keys: World['keys'] = new Map();

    const now = options.now ?? Date.now;
    const stateOf = (service: string) => options.stateFolder && path.join(options.stateFolder, service);

    const kms = new KmsService({ ...place, keys, directory: stateOf('kms') });
    const checkpoints = new Checkpoints(stateOf('event-sources'));
    const s3 = await S3Service.start({ ...place, keys, directory: stateOf('s3'), now });
    const dynamodb = await DynamoDbService.start({ ...place, directory: stateOf('dynamodb'), now }).catch(async (error: unknown) => {
      await s3.stop();
      throw error;
    });
    const aoss = new AossService({ ...place, directory: stateOf('aoss') });
    const ssm = new SsmService(place);
    const secrets = new SecretsManagerService(place);
    const guardrails = new Guardrails();
    const bedrock = new BedrockRuntimeService({
      ...place,
      guardrails,
      latency: options.latency,
      onServed: (served) => events.emit({ kind: 'model', ...served }),
    });
    const sqs = new SqsService({
      ...place,
      keyOf: (id) => kms.find(id),
      directory: stateOf('sqs'),
      now,
      timePasses: options.now === undefined,
      onCount: (queue, what, count) => monitoring.putCounts('AWS/SQS', { QueueName: queue.definition.name }, { [what]: count }),
    });
    const background = new Background();
    const eventBridge = new EventBridgeService({
      ...place,
      now,
      events,
      background,
      putCounts: (...counts) => monitoring.putCounts(...counts),
      directory: stateOf('events'),
    });
    const permissions = new PermissionUse();
    const endpoint = await AwsEndpoint.start({
      services: [
        dynamodb,
        aoss,
        s3,
        sqs,
        eventBridge,
        kms,
        ssm,
        secrets,
        bedrock,
        new LambdaService({ ...place, functions }),
        new StsService(),
      ],
      authorize: permissions.authorize,
    });
    sqs.answersAt(endpoint.url);
    endpoint.onDenied(({ principal, action, resource, reason }) =>
      events.emit({ kind: 'denied', principal: principal.name, action, resource, reason }),
    );

    const monitoring = new Monitoring({ accountId: place.accountId, events, keys, authorize: permissions.authorize, now: options.now });
    monitoring.addGauges(() => [...sqs.queues.values()].flatMap(gaugesOf));
    const schedules = new Schedules({ ...place, now, authorize: permissions.authorize, events });
    const eventSources = new EventSources({
      now,
      timePasses: options.now === undefined,
      onError: ({ functionName }, error) => events.emit({ kind: 'crash', functionName, reason: `its event source: ${String(error)}` }),
    });
    const server = new ApiServer({ ...place, apis, functions, credentials: endpoint, events, permissions });
    try {
      // Before the stacks: what they resolve may hold the address of an API.
      const port = await server.listen(options.port);
      const world: World = {
        ...place,
        endpoint,
        permissions,
        aoss,
        dynamodb,
        guardrails,
        kms,
        s3,
        ssm,
        secrets,
        sqs,
        eventBridge,
        destinations: { sqs, functions, authorize: permissions.authorize, events, background },
        background,
        events,
        monitoring,
        eventSources,
        checkpoints,
        schedules,
        now,
        timePasses: options.now === undefined,
        roles: new Map(),
        managedPolicies: new Map(),
        keys,
        functions,
        apis,
        apiOrigin: `http://127.0.0.1:${port}`,
        notEvaluated: new Set(),
      };
      const report = await startStacks(stacks, resources, world);
      const emulator = new Emulator(world, report, server, port, endpoint.issueCredentials(administrator(place.accountId)));
      await options.prepare?.(emulator);
      eventSources.open();
      if (!options.now) {
        monitoring.watch();
        schedules.watch();
      }
      server.open();
      return emulator;
    } catch (error) {
      await server.close();
      await stopServices({ endpoint, aoss, dynamodb, s3, sqs, eventBridge, background, functions, eventSources, schedules });
      throw error;
    }
  }

  /** Base URL, without a trailing slash, of the API whose routes lead to that function; undefined when none does. */
  urlInFrontOf(functionArn: string): string | undefined {
    const { apis, apiOrigin } = this.world;
    const api = [...apis.values()].find((candidate) => candidate.leadsTo(functionArn));
    const [stage] = api?.stages.keys() ?? [];
    return api && stage && apiOrigin + stagePath(apis, api.id, stage);
  }

  /**
   * An output of whichever stack has it.
   * @throws Error when no stack has it
   */
  output(name: string): string {
    for (const outputs of this.report.outputs.values()) if (outputs[name] !== undefined) return String(outputs[name]);
    throw new Error(`No stack of the assembly has an output named ${name}.`);
  }

  async stop(): Promise<void> {
    this.world.monitoring.stop();
    await this.server.close();
    await stopServices(this.world);
  }
}

type Stoppable = Pick<
  World,
  'functions' | 'endpoint' | 'aoss' | 'dynamodb' | 's3' | 'sqs' | 'eventBridge' | 'background' | 'eventSources' | 'schedules'
>;

async function stopServices({
  functions,
  endpoint,
  aoss,
  dynamodb,
  s3,
  sqs,
  eventBridge,
  background,
  eventSources,
  schedules,
}: Stoppable): Promise<void> {
  // What they have under way ends with the functions.
  const atRest = Promise.all([eventSources.stop(), schedules.stop(), background.settle()]);
  await Promise.all([...functions.values()].map((lambda) => lambda.stop()));
  await atRest;
  await endpoint.close();
  aoss.stop();
  sqs.stop();
  eventBridge.stop();
  await Promise.all([dynamodb.stop(), s3.stop()]);
}

function administrator(accountId: string) {
  return {
    kind: 'role',
    name: 'administrator',
    roleArn: `arn:aws:iam::${accountId}:role/administrator`,
    sessionArn: `arn:aws:sts::${accountId}:assumed-role/administrator/local`,
    accountId,
    identityPolicies: [{ Statement: { Effect: 'Allow', Action: '*', Resource: '*' } }],
  } as const;
}
