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
  /** Requests under way: until the answer is with the operating system, and what follows it is done. */
  const underWay = new UnderWay<{ readonly caller: AbortController; readonly outgoing: ServerResponse }>();
  let drained: (() => void) | undefined;
  const ending = new AbortController();
  /** None of a verified caller: nobody has verified a signature here, so that the routes for IAM roles refuse everybody. */
  const bindings: GatewayBindings = {
    answerWith: lightAnswer,
    ending: ending.signal,
    remainingMs: () => (ending.signal.aborted ? 0 : Number.POSITIVE_INFINITY),
  };

  async function answer(incoming: IncomingMessage, outgoing: ServerResponse, caller: AbortController): Promise<void> {
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
    // And of what follows, what follows that.
    for (const following of work) await following;
  }

  return {
    serve(incoming, outgoing) {
      const caller = new AbortController();
      const request = underWay.add({ caller, outgoing });
      if (drained !== undefined) outgoing.shouldKeepAlive = false;
      let left = 2;
      const over = (): void => {
        left -= 1;
        if (left > 0) return;
        underWay.remove(request);
        if (underWay.size === 0) drained?.();
      };
      outgoing.once('close', () => {
        if (!outgoing.writableFinished) caller.abort(new Error('the caller left'));
        over();
      });
      // Whatever breaks closes the response too; unheard, the event would end the process.
      outgoing.on('error', () => undefined);
      incoming.on('error', () => undefined);
      const begin = (): void => void answer(incoming, outgoing, caller).then(over);
      if (underWay.size < CROWD) begin();
      else afterArrivals(begin);
    },
    drain() {
      for (const { outgoing } of underWay.all()) outgoing.shouldKeepAlive = false;
      return new Promise((resolve) => {
        drained = resolve;
        if (underWay.size === 0) resolve();
      });
    },
    cancelAll() {
      const reason = new Error('the server is shutting down');
      ending.abort(reason);
      for (const { caller } of underWay.all()) caller.abort(reason);
    },
  };
}
