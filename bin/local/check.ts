import { execFileSync } from 'node:child_process';
import type { Emulator } from '../../local/emulator';
import type { EmulatorEvent } from '../../local/events';

/** Calls from which the gateway's overhead is told. */
const OVERHEAD_CALLS = 50;
/** Tokens. The overhead does not depend on the answer's length, the check's duration does. */
const LONG_ANSWER = 200;
const SHORT_ANSWER = 4;

export interface CheckResult {
  readonly ok: boolean;
  /** From a synthesized assembly to listening. */
  readonly bootMs: number;
  /** From the same moment to the last byte of the first answer. */
  readonly firstAnswerMs: number;
  /** Median over fifty calls of what the client waited less what the model took. */
  readonly overheadMs: number;
  /** Resident memory of this process, its children and the npm that started it. */
  readonly rssMb: number;
}

/** The platform did not do what it must; the message says what. */
export class CheckError extends Error {}

/**
 * Makes one streamed and one plain call, then fifty for the overhead.
 * @throws CheckError
 */
export async function check(emulator: Emulator, key: string, model: string, startedMs: number, bootMs: number): Promise<CheckResult> {
  const call = (stream: boolean, maxTokens = LONG_ANSWER): Promise<string> =>
    chat(emulator.url, key, { model, stream, max_tokens: maxTokens });

  const streamed = await call(true);
  const firstAnswerMs = performance.now() - startedMs;
  if (!streamed.trimEnd().endsWith('data: [DONE]')) throw new CheckError(`The streamed answer does not end in [DONE]: ${tail(streamed)}`);
  const plain = JSON.parse(await call(false)) as { choices?: { message?: { content?: string } }[] };
  if (!plain.choices?.[0]?.message?.content)
    throw new CheckError(`The plain answer has no content: ${JSON.stringify(plain).slice(0, 300)}`);

  const overheads: number[] = [];
  let modelMs = 0;
  const stopListening = emulator.world.events.listen((event: EmulatorEvent) => {
    if (event.kind === 'model') modelMs = event.modelMs;
  });
  for (let count = 0; count < OVERHEAD_CALLS; count++) {
    const before = performance.now();
    await call(false, SHORT_ANSWER);
    overheads.push(performance.now() - before - modelMs);
  }
  stopListening();
  return { ok: true, bootMs: round(bootMs), firstAnswerMs: round(firstAnswerMs), overheadMs: median(overheads), rssMb: residentMb() };
}

async function chat(url: string, key: string, request: { model: string; stream: boolean; max_tokens: number }): Promise<string> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...request, messages: [{ role: 'user', content: 'Say hello.' }] }),
  });
  const text = await response.text();
  if (!response.ok) throw new CheckError(`A ${request.stream ? 'streamed' : 'plain'} call was answered with ${response.status}: ${text}`);
  return text;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round((sorted[Math.floor(sorted.length / 2)] ?? Number.NaN) * 10) / 10;
}

const round = (value: number): number => Math.round(value);
const tail = (text: string): string => JSON.stringify(text.slice(-200));

/** Sum over the process tree, from the npm that started this process (if one did) down to the last child. */
function residentMb(): number {
  const rows = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,rss=,args='], { encoding: 'utf8', maxBuffer: 16 * 1024 * 1024 })
    .split('\n')
    .flatMap((row) => {
      const [, pid, parent, rss, args] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(.*)$/.exec(row) ?? [];
      return pid ? [{ pid: Number(pid), parent: Number(parent), rssKb: Number(rss), args: args ?? '' }] : [];
    });
  const byPid = new Map(rows.map((row) => [row.pid, row]));
  let root = process.pid;
  for (let row = byPid.get(process.ppid); row && /\bnpm\b|bin\/local\.ts/.test(row.args); row = byPid.get(row.parent)) root = row.pid;
  const inTree = new Set([root]);
  // Parents come before their children only by habit: go round until nothing is added.
  for (let size = 0; size !== inTree.size; ) {
    size = inTree.size;
    for (const row of rows) if (inTree.has(row.parent) && !row.args.startsWith('ps -A')) inTree.add(row.pid);
  }
  return Math.round(rows.filter(({ pid }) => inTree.has(pid)).reduce((sum, { rssKb }) => sum + rssKb, 0) / 1024);
}
