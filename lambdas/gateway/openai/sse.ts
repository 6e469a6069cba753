export interface StreamObserver {
  /** The reader left before the end: stop what the events come from. */
  onCancel(): Promise<void>;
  /** Once, after the last byte was handed over or the source was closed. */
  onEnd(): void;
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
