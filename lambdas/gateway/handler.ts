import { once } from 'node:events';
import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import type { GatewayApp } from './environment';
import type { EventStream } from './gateway-answer';
import { bindingsOf, requestOf } from './lambda-event';
import { LightAnswer, lightAnswer } from './light-answer';

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
      { ...bindingsOf(event), answerWith: lightAnswer, sent, remainingMs: () => context.getRemainingTimeInMillis() },
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
      await pump(piecesOf(response), output);
    } finally {
      output.end();
      await background.settled();
    }
  };
}

/** Copies a body at the reader's pace. When the output breaks, the body is cancelled. */
async function pump(body: AsyncIterable<string | Uint8Array> | Iterable<string>, output: ResponseStream): Promise<void> {
  const broken = new AbortController();
  output.on('error', (error: Error) => broken.abort(error));
  output.once('close', () => broken.abort(new Error('the response stream was closed')));
  // Leaving the loop early, by an error, cancels the body.
  for await (const chunk of body) {
    broken.signal.throwIfAborted();
    if (!output.write(chunk)) await once(output, 'drain', { signal: broken.signal });
  }
}

/** The answer to HEAD is a `Response` of Hono's making, without a body. */
function piecesOf(response: Response): AsyncIterable<string | Uint8Array> | Iterable<string> {
  if (!(response instanceof LightAnswer)) return response.body ?? [];
  const { content } = response as LightAnswer;
  return typeof content === 'string' ? [content] : eventsOf(content);
}

/** Whoever leaves before the end stops what the events come from. */
async function* eventsOf(stream: EventStream): AsyncGenerator<string, void> {
  const { events } = stream;
  let isReaderGone = false;
  try {
    for (let next = await events.next(); !next.done; next = await events.next()) {
      // Until it comes back for more.
      isReaderGone = true;
      yield next.value;
      isReaderGone = false;
    }
  } finally {
    if (isReaderGone) {
      await stream.onCancel();
      await events.return();
    }
    stream.onEnd();
  }
}
