import { SQSClient } from '@aws-sdk/client-sqs';
import { Emulator } from '../../../local/emulator';
import { type EmulatorEvent, EventSink } from '../../../local/events';
import { ACCOUNT, REGION, SmallAssembly } from './small-assembly';

type Resources = ConstructorParameters<typeof SmallAssembly>[0];

export interface SmallWorldOptions {
  readonly resources: Resources;
  /** `{ [asset key]: source }` */
  readonly code?: Readonly<Record<string, string>>;
  readonly stateFolder?: string;
  /** The time passes by itself. */
  readonly realClock?: boolean;
  /** Epoch milliseconds at which the other clock stands. */
  readonly nowMs?: number;
}

/** A stack written by hand in the real emulator, on a clock that stands until a test moves it. */
export class SmallWorld {
  static async start({ resources, code, stateFolder, realClock = false, nowMs }: SmallWorldOptions): Promise<SmallWorld> {
    const assembly = new SmallAssembly(resources, code);
    const world = new SmallWorld(assembly);
    world.nowMs = nowMs ?? world.nowMs;
    const events = new EventSink();
    events.listen((event) => world.events.push(event));
    try {
      world.emulator = await Emulator.start({
        assembly: assembly.folder,
        port: 0,
        events,
        ...(stateFolder !== undefined && { stateFolder }),
        ...(!realClock && { now: () => world.nowMs }),
      });
    } catch (error) {
      assembly.remove();
      throw error;
    }
    return world;
  }

  nowMs = Date.UTC(2026, 5, 1, 12);
  readonly events: EmulatorEvent[] = [];
  emulator!: Emulator;
  private readonly clients: { destroy(): void }[] = [];

  private constructor(private readonly assembly: SmallAssembly) {}

  /** A client of any service. @param role name of a role of the stack; the administrator without one */
  client<T extends { destroy(): void }>(
    Client: new (config: { region: string; endpoint: string; credentials: Emulator['administrator']; maxAttempts: number }) => T,
    role?: string,
  ): T {
    const { endpoint, functions } = this.emulator.world;
    const principal = [...functions.values()].find(({ definition }) => definition.name === role)?.definition.principal;
    if (role !== undefined && !principal) throw new Error(`There is no function ${role}.`);
    const credentials = principal ? endpoint.issueCredentials(principal) : this.emulator.administrator;
    const client = new Client({ region: REGION, endpoint: endpoint.url, credentials, maxAttempts: 1 });
    this.clients.push(client);
    return client;
  }

  get sqs(): SQSClient {
    return this.client(SQSClient);
  }

  urlOf(queue: string): string {
    return `${this.emulator.world.endpoint.url}/${ACCOUNT}/${queue}`;
  }

  /** Bodies of the messages in a queue, visible or not. */
  bodies(queue: string): string[] {
    const found = this.emulator.world.sqs.queues.get(arnOf(queue));
    if (!found) throw new Error(`There is no queue ${queue}.`);
    return found.messages.map(({ body }) => body);
  }

  ofKind<K extends EmulatorEvent['kind']>(kind: K): Extract<EmulatorEvent, { kind: K }>[] {
    return this.events.filter((event): event is Extract<EmulatorEvent, { kind: K }> => event.kind === kind);
  }

  async stop(): Promise<void> {
    for (const client of this.clients) client.destroy();
    await this.emulator.stop();
    this.assembly.remove();
  }
}

export function arnOf(queue: string): string {
  return `arn:aws:sqs:${REGION}:${ACCOUNT}:${queue}`;
}

/** A queue as a resource. */
export function queue(name: string, more: object = {}): Resources[string] {
  return { Type: 'AWS::SQS::Queue', Properties: { QueueName: name, ...more } };
}

/** A key that delegates to the account, and lets these services of AWS use it. */
export function keyFor(...services: readonly string[]): Resources[string] {
  const account = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'kms:*', Resource: '*' };
  const uses = services.map((Service) => ({
    Effect: 'Allow',
    Principal: { Service },
    Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
    Resource: '*',
  }));
  return { Type: 'AWS::KMS::Key', Properties: { KeyPolicy: { Statement: [account, ...uses] } } };
}
