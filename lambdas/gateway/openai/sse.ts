export interface StreamObserver {
  /** The reader left before the end: stop what the events come from. */
  onCancel(): Promise<void>;
  /** Once, after the last byte was handed over or the source was closed. */
  onEnd(): void;
}

/** A comment, which clients pass over: the answer is not shown before it is seen to hold to its schema. */
export const HELD_BACK = ': held back until it is checked\n\n';

/** The events, with a comment wherever none has come for the time. */
export async function* keepAlive(events: AsyncGenerator<string, void>, intervalMs: number): AsyncGenerator<string, void> {
  let pending: Promise<IteratorResult<string, void>> | undefined;
  try {
    for (;;) {
      pending ??= events.next();
      const next = await orSilence(pending, intervalMs);
      if (next === undefined) {
        yield HELD_BACK;
        continue;
      }
      pending = undefined;
      if (next.done) return;
      yield next.value;
    }
  } finally {
    await events.return();
  }
}

async function orSilence<T>(work: Promise<T>, intervalMs: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, intervalMs, undefined);
  });
  try {
    return await Promise.race([work, silence]);
  } finally {
    clearTimeout(timer);
  }
}

/** A response body from rendered events, produced one at a time as the reader asks for them: a slow reader slows the model. */
export function eventStreamBody(events: AsyncGenerator<string, void>, observer: StreamObserver): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const next = await events.next();
          if (!next.done) return controller.enqueue(encoder.encode(next.value));
          controller.close();
        } catch (error) {
          controller.error(error);
        }
        observer.onEnd();
      },
      async cancel() {
        await observer.onCancel();
        await events.return();
        observer.onEnd();
      },
    },
    { highWaterMark: 0 },
  );
}
