import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterArrivals } from '../core/after-arrivals';
import { describeError, type Log } from '../core/log';
import type { GatewayApp, GatewayBindings } from './environment';
import { lightAnswer } from './light-answer';
import { serverRequest } from './server-request';
import { sendResponse } from './server-response';
import { UnderWay } from './under-way';

/** From so many requests under way on, new ones take their first step together: of fewer, each would wait longer than it gains. */
const CROWD = 32;

/** The app behind node:http. */
export interface GatewayListener {
  /** Takes a request; never throws. */
  serve(incoming: IncomingMessage, outgoing: ServerResponse): void;
  /** From now on a connection closes after its answer. Resolves when no request is under way. */
  drain(): Promise<void>;
  /** Stops all requests under way as if their callers had left, and what follows those that are answered. */
  cancelAll(): void;
}

export function createGatewayListener(app: GatewayApp, log: Log): GatewayListener {
  /** Until the answer is with the operating system. */
  const underWay = new UnderWay<{ readonly caller: AbortController; readonly outgoing: ServerResponse }>();
  /** Requests that are at work, and at what follows their answers: a number, which keeps nothing of a request that is answered. */
  let atWork = 0;
  let drained: (() => void) | undefined;
  const ending = new AbortController();
  /** None of a verified caller: nobody has verified a signature here, so that the routes for IAM roles refuse everybody. */
  const bindings: GatewayBindings = {
    answerWith: lightAnswer,
    ending: ending.signal,
    remainingMs: () => (ending.signal.aborted ? 0 : Number.POSITIVE_INFINITY),
  };

  /** @returns what follows the answer. */
  async function answer(incoming: IncomingMessage, outgoing: ServerResponse, caller: AbortController): Promise<Promise<unknown>[]> {
    const work: Promise<unknown>[] = [];
    const context = {
      waitUntil: (promise: Promise<unknown>) => void work.push(promise.catch(() => undefined)),
      passThroughOnException: () => undefined,
      props: {},
    };
    try {
      const response = await app.fetch(serverRequest(incoming, caller.signal), bindings, context);
      await sendResponse(response, outgoing, caller.signal);
    } catch (error) {
      log.error('answer not sent', { error: describeError(error) });
      outgoing.destroy();
    }
    // The next request on the connection comes after what was not read of this one.
    incoming.resume();
    return work;
  }

  async function follow(work: Promise<unknown>[]): Promise<void> {
    // And of what follows, what follows that.
    for (const part of work) await part;
    atWork -= 1;
    endIfIdle();
  }

  function endIfIdle(): void {
    if (underWay.size === 0 && atWork === 0) drained?.();
  }

  return {
    serve(incoming, outgoing) {
      const caller = new AbortController();
      const request = underWay.add({ caller, outgoing });
      atWork += 1;
      if (drained !== undefined) outgoing.shouldKeepAlive = false;
      outgoing.once('close', () => {
        if (!outgoing.writableFinished) caller.abort(new Error('the caller left'));
        underWay.remove(request);
        endIfIdle();
      });
      // Whatever breaks closes the response too; unheard, the event would end the process.
      outgoing.on('error', () => undefined);
      incoming.on('error', () => undefined);
      const begin = (): void => void answer(incoming, outgoing, caller).then(follow);
      if (underWay.size < CROWD) begin();
      else afterArrivals(begin);
    },
    drain() {
      for (const { outgoing } of underWay.all()) outgoing.shouldKeepAlive = false;
      return new Promise((resolve) => {
        drained = resolve;
        endIfIdle();
      });
    },
    cancelAll() {
      const reason = new Error('the server is shutting down');
      ending.abort(reason);
      for (const { caller } of underWay.all()) caller.abort(reason);
    },
  };
}
