/** The work's outcome, or the signal's reason as soon as it aborts: for work that cannot be stopped itself. */
export function untilAborted<T>(work: Promise<T> | T, signal: AbortSignal): Promise<T> | T {
  return work instanceof Promise ? race(work, signal) : work;
}

async function race<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
