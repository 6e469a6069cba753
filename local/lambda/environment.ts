import * as path from 'node:path';
import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';

const RUNTIME = path.join(__dirname, 'runtime.mjs');

export interface RuntimeFailure {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace: readonly string[];
}

/** An invocation that ended in an error: the handler's own, or the environment's end. */
export class InvocationError extends Error {
  constructor(
    readonly functionName: string,
    readonly failure: RuntimeFailure,
  ) {
    super(`${functionName} failed: ${failure.errorType}: ${failure.errorMessage}`);
  }
}

export interface EnvironmentOptions {
  readonly functionName: string;
  /** Folder of the code; the handler's module is in it. */
  readonly folder: string;
  /** `index.handler` */
  readonly handler: string;
  /** All that the code finds in process.env. */
  readonly variables: Readonly<Record<string, string>>;
  readonly onLine: (line: string) => void;
}

export interface InvokeMessage {
  readonly requestId: string;
  /** JSON. */
  readonly event: string;
  /** Epoch milliseconds. */
  readonly deadlineMs: number;
  readonly functionArn: string;
  readonly traceHeader: string;
}

type FromRuntime =
  | { type: 'ready' }
  | { type: 'init-failed'; error: RuntimeFailure }
  | { type: 'chunk'; requestId: string; contentType?: string; data: Uint8Array }
  | { type: 'done'; requestId: string }
  | { type: 'failed'; requestId: string; error: RuntimeFailure };

/** One execution environment of a function: a worker thread that handles one call at a time, as Lambda's do. */
export class ExecutionEnvironment {
  private readonly worker: Worker;
  private readonly ready: Promise<void>;
  private ended?: RuntimeFailure;
  private receive?: (message: FromRuntime) => void;

  constructor(private readonly options: EnvironmentOptions) {
    this.worker = new Worker(RUNTIME, {
      workerData: { folder: options.folder, handler: options.handler },
      env: { ...options.variables },
      // Nothing of this process's own flags or loaders reaches the function.
      execArgv: [],
      stdout: true,
      stderr: true,
    });
    for (const output of [this.worker.stdout, this.worker.stderr]) {
      createInterface({ input: output }).on('line', options.onLine);
    }
    this.worker.on('message', (message: FromRuntime) => this.receive?.(message));
    this.worker.on('error', (error: Error) => this.end({ errorType: error.name, errorMessage: error.message, trace: [] }));
    this.worker.on('exit', (code) =>
      this.end({ errorType: 'Runtime.ExitError', errorMessage: `Runtime exited with code ${code}`, trace: [] }),
    );
    this.ready = new Promise((resolve, reject) => {
      this.receive = (message) => {
        if (message.type === 'ready') resolve();
        else if (message.type === 'init-failed') this.end(message.error);
        else if (message.type === 'failed') reject(new InvocationError(options.functionName, message.error));
      };
    });
    this.ready.catch(() => {});
  }

  /** True once it can take no further call. */
  get isOver(): boolean {
    return this.ended !== undefined;
  }

  /**
   * Runs one call. `onChunk` resolves when the chunk has been taken, which is what holds a fast handler back.
   * @throws InvocationError
   */
  async invoke(message: InvokeMessage, onChunk: (data: Uint8Array, contentType: string | undefined) => Promise<void>): Promise<void> {
    await this.ready;
    if (this.ended) throw new InvocationError(this.options.functionName, this.ended);
    await new Promise<void>((resolve, reject) => {
      this.receive = (received) => {
        if (received.type === 'chunk') {
          onChunk(received.data, received.contentType).then(() => this.worker.postMessage({ type: 'taken' }), reject);
        } else if (received.type === 'done') {
          resolve();
        } else if (received.type === 'failed') {
          reject(new InvocationError(this.options.functionName, received.error));
        }
      };
      this.worker.postMessage({ type: 'invoke', ...message });
    });
  }

  /** Ends it at once, in the middle of whatever it does. */
  async kill(reason: string): Promise<void> {
    this.end({ errorType: 'Runtime.ExitError', errorMessage: reason, trace: [] });
    await this.worker.terminate();
  }

  private end(failure: RuntimeFailure): void {
    if (this.ended) return;
    this.ended = failure;
    this.receive?.({ type: 'failed', requestId: '', error: failure });
  }
}
