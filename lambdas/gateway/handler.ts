import { once } from 'node:events';
import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import { requestOf } from '../core/proxy-request';
import type { GatewayApp } from './environment';
import { bindingsOf } from './lambda-event';

type ResponseStream = awslambda.HttpResponseStream;

/** Work that goes on after the answer, and that the invocation waits for: an environment is frozen as soon as it ends. */
class Background {
  readonly #work: Promise<unknown>[] = [];
  readonly props = {};

  waitUntil(work: Promise<unknown>): void {
    this.#work.push(work);
  }

  passThroughOnException(): void {}

  /** Resolves when all work is done, also that which was added meanwhile. */
  async settled(): Promise<void> {
    for (let done = 0; done < this.#work.length; ) {
      const batch = this.#work.slice(done);
      await Promise.allSettled(batch);
      done += batch.length;
    }
  }
}

/** The app as a streaming Lambda function behind a REST API. Calls share nothing: many may be under way at once. */
export function createLambdaHandler(
  app: GatewayApp,
): (event: APIGatewayProxyEvent, responseStream: ResponseStream, context: Pick<Context, 'getRemainingTimeInMillis'>) => Promise<void> {
  return async (event, responseStream, context) => {
    const background = new Background();
    let wasSent!: () => void;
    const sent = new Promise<void>((resolve) => {
      wasSent = resolve;
    });
    const response = await app.fetch(
      requestOf(event),
      { ...bindingsOf(event), sent, remainingMs: () => context.getRemainingTimeInMillis() },
      background,
    );
    const output = awslambda.HttpResponseStream.from(responseStream, {
      statusCode: response.status,
      headers: Object.fromEntries(response.headers),
    });
    // Of a broken stream there is only the latter.
    for (const event of ['finish', 'close']) output.once(event, wasSent);
    try {
      // The prelude (status and headers) goes out with the first write, never with `end` alone.
      output.write('');
      await pump(response.body, output);
    } finally {
      output.end();
      await background.settled();
    }
  };
}

/** Copies a body at the reader's pace. When the output breaks, the body is cancelled. */
async function pump(body: ReadableStream<Uint8Array> | null, output: ResponseStream): Promise<void> {
  if (body === null) return;
  const broken = new AbortController();
  output.on('error', (error: Error) => broken.abort(error));
  output.once('close', () => broken.abort(new Error('the response stream was closed')));
  // Leaving the loop early, by an error, cancels the body.
  for await (const chunk of body) {
    broken.signal.throwIfAborted();
    if (!output.write(chunk)) await once(output, 'drain', { signal: broken.signal });
  }
}
