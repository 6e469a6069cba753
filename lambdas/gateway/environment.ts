import type { Hono } from 'hono';
import type { Caller, RequestLine } from './call';
import type { AnswerWith } from './gateway-answer';
import type { IamCaller } from './stages/authenticate';

/** What the server that runs the app knows of a request beside the request itself. */
export interface GatewayBindings {
  /** Set only when the front door verified a signature. */
  readonly iam?: IamCaller;
  /** How long the process may still work on the request and what follows it, in milliseconds. @default without end */
  readonly remainingMs?: () => number;
  /** Aborted when the process gives up what follows answers. @default never */
  readonly ending?: AbortSignal;
  /** Resolves when the answer was handed over whole, or its reader is gone. @default at once */
  readonly sent?: Promise<void>;
  /** How answers are handed over. @default as the global `Response` */
  readonly answerWith?: AnswerWith;
}

export interface GatewayEnvironment {
  readonly Bindings: GatewayBindings;
  readonly Variables: {
    startedAtMs: number;
    startedMs: number;
    /** On the monotonic clock: when it was known who calls. */
    authenticatedMs: number;
    line: RequestLine;
    caller: Caller;
    /** Of an answer that is an error. */
    errorHeaders?: Readonly<Record<string, string>>;
    /** Settles when what follows the answer is done. */
    finished?: Promise<void>;
  };
}

export type GatewayApp = Hono<GatewayEnvironment>;
