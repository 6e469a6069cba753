import { randomBytes, randomUUID } from 'node:crypto';
import type { Credentials } from '../endpoint';
import type { PolicyDocument, PolicyStatement, RolePrincipal } from '../iam/types';
import { ExecutionEnvironment, InvocationError } from './environment';

/** Of a function that reserves none. Lambda's own scaling has no such bound; a laptop does. Further calls wait, where Lambda would refuse them. */
export const MAX_ENVIRONMENTS = 10;
/** Largest event of a synchronous call, in bytes. */
export const MAX_EVENT_BYTES = 6 * 1024 * 1024;

export interface FunctionDefinition {
  readonly name: string;
  readonly arn: string;
  /** The function's role at work: by it Lambda reads sources and writes to destinations. */
  readonly principal: RolePrincipal;
  readonly folder: string;
  readonly handler: string;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  /** Calls at once, as the function reserves them. @default MAX_ENVIRONMENTS */
  readonly reservedConcurrency?: number;
  readonly logGroupName: string;
  /** Of the template. */
  readonly variables: Readonly<Record<string, string>>;
  readonly region: string;
  /** The local AWS endpoint. */
  readonly endpointUrl: string;
  /** New credentials of the function's role, one set for each environment. */
  readonly issueCredentials: () => Credentials;
  readonly revokeCredentials: (accessKeyId: string) => void;
  readonly onLine: (line: string) => void;
  readonly onCrash: (reason: string) => void;
  /** Called at the end of each call. */
  readonly onInvoked?: (failed: boolean) => void;
  /** Called once for each call, as the service sends a traced function's segments. */
  readonly onTraced?: () => void;
}

interface Slot {
  readonly environment: ExecutionEnvironment;
  readonly accessKeyId: string;
}

/** A function of the template: its environments, one call at a time in each, and who may call it. */
export class LambdaFunction {
  private readonly idle: Slot[] = [];
  private readonly slots = new Set<Slot>();
  private readonly waiting: (() => void)[] = [];
  private readonly statements: PolicyStatement[] = [];
  private mostBusy = 0;

  constructor(readonly definition: FunctionDefinition) {}

  get arn(): string {
    return this.definition.arn;
  }

  /** Most calls that were worked on at one time, as the maximum of Lambda's metric `ConcurrentExecutions`. */
  get mostAtOnce(): number {
    return this.mostBusy;
  }

  /** The function's resource policy, from the permissions in the template. */
  get resourcePolicy(): PolicyDocument {
    return { Version: '2012-10-17', Statement: this.statements };
  }

  /** Of the environments that there are: what `kill` takes. */
  get accessKeyIds(): string[] {
    return [...this.slots].map(({ accessKeyId }) => accessKeyId);
  }

  addPermission(statement: PolicyStatement): void {
    this.statements.push(statement);
  }

  /**
   * Calls the function with an event and hands on its response chunk by chunk.
   * @throws InvocationError when the handler fails, the environment ends or the function's time is up
   */
  async invoke(event: unknown, onChunk: (data: Uint8Array, contentType: string | undefined) => Promise<void>): Promise<void> {
    const slot = await this.acquire();
    this.mostBusy = Math.max(this.mostBusy, this.slots.size - this.idle.length);
    const { definition } = this;
    const timer = setTimeout(() => {
      void slot.environment.kill(`Task timed out after ${(definition.timeoutMs / 1000).toFixed(2)} seconds`);
    }, definition.timeoutMs);
    let failed = true;
    try {
      definition.onTraced?.();
      await slot.environment.invoke(
        {
          requestId: randomUUID(),
          event: JSON.stringify(event),
          deadlineMs: Date.now() + definition.timeoutMs,
          functionArn: definition.arn,
          traceHeader: traceHeader(),
        },
        onChunk,
      );
      failed = false;
    } catch (error) {
      if (slot.environment.isOver && error instanceof InvocationError) definition.onCrash(error.failure.errorMessage);
      throw error;
    } finally {
      clearTimeout(timer);
      definition.onInvoked?.(failed);
      this.release(slot);
    }
  }

  /** Ends the environment that has these credentials, as a crash would. */
  async kill(accessKeyId: string, reason: string): Promise<void> {
    for (const slot of this.slots) {
      if (slot.accessKeyId === accessKeyId) await slot.environment.kill(reason);
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.slots].map((slot) => slot.environment.kill('The emulator has stopped')));
    this.slots.clear();
  }

  private async acquire(): Promise<Slot> {
    for (;;) {
      const slot = this.idle.pop();
      if (slot && !slot.environment.isOver) return slot;
      if (slot) this.discard(slot);
      else if (this.slots.size < (this.definition.reservedConcurrency ?? MAX_ENVIRONMENTS)) return this.create();
      else await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  private release(slot: Slot): void {
    if (slot.environment.isOver) this.discard(slot);
    else this.idle.push(slot);
    this.waiting.shift()?.();
  }

  private discard(slot: Slot): void {
    this.slots.delete(slot);
    this.definition.revokeCredentials(slot.accessKeyId);
  }

  private create(): Slot {
    const { definition } = this;
    const credentials = definition.issueCredentials();
    const environment = new ExecutionEnvironment({
      functionName: definition.name,
      folder: definition.folder,
      handler: definition.handler,
      onLine: definition.onLine,
      variables: {
        ...definition.variables,
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        AWS_SESSION_TOKEN: credentials.sessionToken,
        AWS_REGION: definition.region,
        AWS_DEFAULT_REGION: definition.region,
        AWS_ENDPOINT_URL: definition.endpointUrl,
        AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
        AWS_LAMBDA_FUNCTION_NAME: definition.name,
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(definition.memoryMb),
        AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
        AWS_LAMBDA_LOG_GROUP_NAME: definition.logGroupName,
        AWS_LAMBDA_LOG_STREAM_NAME: `local/[$LATEST]${randomBytes(16).toString('hex')}`,
        AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
        LAMBDA_TASK_ROOT: definition.folder,
        LANG: 'en_US.UTF-8',
        TZ: ':UTC',
        PATH: '/usr/local/bin:/usr/bin:/bin',
        // No configuration of the person at this machine may reach the function.
        AWS_CONFIG_FILE: '/dev/null',
        AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
        AWS_EC2_METADATA_DISABLED: 'true',
      },
    });
    const slot = { environment, accessKeyId: credentials.accessKeyId };
    this.slots.add(slot);
    return slot;
  }
}

/** An X-Ray trace header, as the service makes one for a call that brings none. */
function traceHeader(): string {
  const seconds = Math.floor(Date.now() / 1000).toString(16);
  return `Root=1-${seconds}-${randomBytes(12).toString('hex')};Parent=${randomBytes(8).toString('hex')};Sampled=1`;
}
