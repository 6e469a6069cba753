import type { Log } from '../core/log';

/** How long a line waits for others, in milliseconds. */
const WAIT_MS = 10;
/** In UTF-16 units: so much does not wait. */
const MAX_WAITING_CHARACTERS = 65_536;

/** Lines for one stream, those of a few milliseconds in one write: a write to a pipe blocks, and wakes whoever reads it. */
export interface LineWriter {
  write(line: string): void;
  /** Hands over what has not been yet. */
  flush(): void;
}

export function createLineWriter(output: (text: string) => void): LineWriter {
  let waiting = '';
  let timer: NodeJS.Timeout | undefined;

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    if (waiting === '') return;
    const text = waiting;
    waiting = '';
    output(text);
  }

  return {
    write(line) {
      waiting += `${line}\n`;
      if (waiting.length >= MAX_WAITING_CHARACTERS) flush();
      else timer ??= setTimeout(flush, WAIT_MS);
    },
    flush,
  };
}

/** The members that the function's log lines have too. */
export function createLineLog(write: (line: string) => void, nowMs: () => number): Log {
  function line(level: string, message: string, fields: object): void {
    const own = JSON.stringify({ level, message, timestamp: new Date(nowMs()).toISOString(), service: 'gateway' });
    const more = JSON.stringify(fields);
    // As one object, without one being made: a request's line has many fields.
    write(more === '{}' ? own : `${own.slice(0, -1)},${more.slice(1)}`);
  }
  return {
    info: (message, fields) => line('INFO', message, fields),
    error: (message, fields) => line('ERROR', message, fields),
  };
}
