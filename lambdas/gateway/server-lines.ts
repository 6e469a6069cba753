import type { Log } from '../core/log';

/** Lines for one stream, those of a turn of the event loop in one write: a write to a pipe blocks, and a busy server has many lines in a turn. */
export interface LineWriter {
  write(line: string): void;
  /** Hands over what has not been yet. */
  flush(): void;
}

export function createLineWriter(output: (text: string) => void): LineWriter {
  let lines: string[] = [];

  function flush(): void {
    if (lines.length === 0) return;
    const text = `${lines.join('\n')}\n`;
    lines = [];
    output(text);
  }

  return {
    write(line) {
      if (lines.push(line) === 1) setImmediate(flush);
    },
    flush,
  };
}

/** The members that the function's log lines have too. */
export function createLineLog(write: (line: string) => void, nowMs: () => number): Log {
  function line(level: string, message: string, fields: object): void {
    const own = `{"level":"${level}","message":${JSON.stringify(message)},"timestamp":"${new Date(nowMs()).toISOString()}","service":"gateway"`;
    const more = JSON.stringify(fields);
    // As one object, without one being made: a request's line has many fields.
    write(more === '{}' ? `${own}}` : `${own},${more.slice(1)}`);
  }
  return {
    info: (message, fields) => line('INFO', message, fields),
    error: (message, fields) => line('ERROR', message, fields),
  };
}
