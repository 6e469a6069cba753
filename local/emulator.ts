import * as path from 'node:path';
import { ApiServer } from './apigateway/server';
import { type AssemblyStack, readAssembly } from './assembly';
import { AwsEndpoint, type Credentials } from './endpoint';
import { EventSink } from './events';
import { authorize } from './iam/evaluate';
import { resources } from './resources';
import { BedrockRuntimeService, type ModelLatency } from './services/bedrock';
import { DynamoDbService } from './services/dynamodb';
import { SsmService } from './services/ssm';
import { StsService } from './services/sts';
import { type StartReport, startStacks } from './stack-runner';
import type { World } from './world';

/** Where an assembly leaves its account open: the account that AWS itself uses in examples. */
const EXAMPLE_ACCOUNT = '123456789012';
const FALLBACK_REGION = 'us-east-1';

export interface EmulatorOptions {
  /** Folder of a cloud assembly, as `cdk synth` writes it. */
  readonly assembly: string;
  /** Port of the API on 127.0.0.1; 0 for any free one. */
  readonly port: number;
  /** Folder that keeps state from one start to the next. Absent: state is in memory and gone at the end. */
  readonly stateFolder?: string;
  /** Of the simulated models. */
  readonly latency?: ModelLatency;
  readonly events?: EventSink;
  /** Changes the stacks before they start: how tests take a permission away. */
  readonly transform?: (stacks: AssemblyStack[]) => AssemblyStack[];
}

/** A synthesized assembly at work on this machine. */
export class Emulator {
  private constructor(
    readonly world: World,
    readonly report: StartReport,
    private readonly server: ApiServer,
    readonly port: number,
    /** Someone who may do everything: the person at this machine. */
    readonly administrator: Credentials,
  ) {}

  /** Base URL of the API, without a trailing slash. */
  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /**
   * Starts everything that the assembly's templates describe.
   * @throws AssemblyError, ResourceError, or the system's error when the port is in use
   */
  static async start(options: EmulatorOptions): Promise<Emulator> {
    const read = readAssembly(options.assembly);
    const stacks = options.transform?.(read) ?? read;
    const accountId = stacks.find((stack) => stack.accountId)?.accountId ?? EXAMPLE_ACCOUNT;
    const region = stacks.find((stack) => stack.region)?.region ?? FALLBACK_REGION;
    const events = options.events ?? new EventSink();
    const place = { accountId, region };

    const dynamodb = await DynamoDbService.start({
      ...place,
      directory: options.stateFolder && path.join(options.stateFolder, 'dynamodb'),
    });
    const ssm = new SsmService(place);
    const bedrock = new BedrockRuntimeService({
      ...place,
      latency: options.latency,
      onServed: (served) => events.emit({ kind: 'model', ...served }),
    });
    const endpoint = await AwsEndpoint.start({ services: [dynamodb, ssm, bedrock, new StsService()], authorize });
    endpoint.onDenied(({ principal, action, resource, reason }) =>
      events.emit({ kind: 'denied', principal: principal.name, action, resource, reason }),
    );

    const world: World = {
      ...place,
      endpoint,
      dynamodb,
      ssm,
      events,
      roles: new Map(),
      managedPolicies: new Map(),
      keys: new Map(),
      functions: new Map(),
      apis: new Map(),
      notEvaluated: new Set(),
    };
    try {
      const report = await startStacks(stacks, resources, world);
      const server = apiServer(world);
      const port = await server.listen(options.port);
      return new Emulator(world, report, server, port, endpoint.issueCredentials(administrator(accountId)));
    } catch (error) {
      await stopWorld(world);
      throw error;
    }
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
    await this.server.close();
    await stopWorld(this.world);
  }
}

function apiServer(world: World): ApiServer {
  const [api] = world.apis.values();
  const [stage] = api?.stages.values() ?? [];
  if (!api || !stage) throw new Error('The assembly has no deployed REST API: nothing to serve.');
  return new ApiServer({
    api,
    stage,
    accountId: world.accountId,
    region: world.region,
    functions: world.functions,
    credentials: world.endpoint,
    events: world.events,
  });
}

async function stopWorld(world: World): Promise<void> {
  await Promise.all([...world.functions.values()].map((lambda) => lambda.stop()));
  await world.endpoint.close();
  await world.dynamodb.stop();
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
