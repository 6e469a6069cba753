import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { DynamoDBClient, type ScanCommandOutput, paginateScan } from '@aws-sdk/client-dynamodb';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { createAccounts } from '../lambdas/core/accounts/accounts';
import { sweep } from '../lambdas/core/accounts/sweep';
import type { Limits } from '../lambdas/core/limits';
import { newCallId } from '../lambdas/core/trace-id';
import { startProcess } from './gateway-load/processes';
import { withSection } from './results-section';

/**
 * `npm run bench:hot-key`: one account that 64 callers draw on at once, each holding and settling without a pause, by the real client over the wire.
 * Writes its own section of RESULTS.md. The store is the emulator's, in a process of its own: it serves one update at a time, so that shards do not
 * make it faster as they do DynamoDB, whose limit is per item. What counts here is what a shard costs, how often a call has to ask twice, and that it is exact.
 */

const CALLERS = 64;
const SECONDS = Number(process.env.SECONDS ?? 30);
const WORST = { microUsd: 1_000, tokens: 100 };
const ACTUAL = { microUsd: 400, tokens: 40 };
const RESULTS = path.join(__dirname, 'RESULTS.md');
const HEADING = '## A hot key';

interface Result {
  readonly shards: number;
  readonly calls: number;
  readonly refused: number;
  readonly inShards: number;
  readonly updates: number;
  readonly conflicts: number;
  readonly spent: number;
  readonly used: number;
}

async function measure(endpoint: string, shards: 1 | 4 | 16): Promise<Result> {
  const client = new DynamoDBClient({
    endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler({ httpAgent: { keepAlive: true, maxSockets: 128 } }),
  });
  let updates = 0;
  let conflicts = 0;
  client.middlewareStack.add(
    (next) => async (args) => {
      updates += 1;
      try {
        return await next(args);
      } catch (error) {
        if (error instanceof Error && error.name === 'ConditionalCheckFailedException') conflicts += 1;
        throw error;
      }
    },
    { step: 'initialize' },
  );
  const accounts = createAccounts({ client, once: client, table: 'Ledger' }, { nowMs: Date.now });
  const limits: Limits = { microUsdPerMonth: 1_000_000_000, ...(shards > 1 && { shards: shards as 4 | 16 }) };
  const account = { kind: 'key' as const, id: `hot-${shards}`, limits };
  let calls = 0;
  let refused = 0;
  let inShards = 0;
  const endMs = Date.now() + SECONDS * 1_000;
  await Promise.all(
    Array.from({ length: CALLERS }, async () => {
      while (Date.now() < endMs) {
        const reservation = await accounts.reserve({ id: newCallId(Date.now()), accounts: [account], worst: WORST }).catch(() => undefined);
        if (reservation === undefined) {
          refused += 1;
          continue;
        }
        calls += 1;
        if (reservation.held.some(({ shard }) => shard !== undefined)) inShards += 1;
        await accounts.settle(reservation, ACTUAL);
      }
    }),
  );
  const measured = { updates, conflicts };
  await closeDay(client);
  const { used, spent } = await monthsOf(client, account.id);
  client.destroy();
  return { shards, calls, refused, inShards, used, spent, ...measured };
}

/** Shards give back what they have left. */
async function closeDay(client: DynamoDBClient): Promise<void> {
  const nobody = { read: async () => undefined, insertUnknown: async () => true };
  await sweep({ client, table: 'Ledger', audit: nobody, clock: { nowMs: () => Date.now() + 2 * 86_400_000 } });
}

async function monthsOf(client: DynamoDBClient, id: string): Promise<{ used: number; spent: number }> {
  const total = { used: 0, spent: 0 };
  const pages: AsyncIterable<ScanCommandOutput> = paginateScan({ client }, { TableName: 'Ledger', ConsistentRead: true });
  for await (const { Items = [] } of pages) {
    for (const item of Items) {
      if (item.pk?.S !== `ACCOUNT#key#${id}`) continue;
      total.used += Number(item.used?.N ?? 0);
      total.spent += Number(item.spent?.N ?? 0);
    }
  }
  return total;
}

function report(results: readonly Result[]): string {
  const rows = results.map(({ shards, calls, refused, inShards, updates, conflicts, used, spent }) => {
    const exact =
      used === spent && spent === calls * ACTUAL.microUsd ? 'yes' : `NO: ${used} used, ${spent} spent, ${calls * ACTUAL.microUsd} due`;
    const percent = (part: number, of: number) => `${((100 * part) / Math.max(1, of)).toFixed(1)} %`;
    return `| ${shards} | ${Math.round(calls / SECONDS)} | ${percent(conflicts, updates)} | ${percent(inShards, calls)} | ${refused} | ${exact} |`;
  });
  return [
    HEADING,
    '',
    `${new Date().toISOString().slice(0, 10)}, Node ${process.version}: ${CALLERS} callers of one key for ${SECONDS} s, each holding and settling without a pause, by the real client`,
    "against the emulator's store. That store makes one update at a time: shards do not make it faster as they do DynamoDB, whose limit is per item;",
    'they show what they cost. A conflict is an update whose condition was not met: a shard with too little, whereupon the account itself is asked.',
    '',
    '| shards | calls/s | conflicts | served by a shard | refused | exact to the micro-dollar |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

async function main(): Promise<void> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'hot-key-'));
  const store = await startProcess('store', 'embedded', directory);
  try {
    const results: Result[] = [];
    for (const shards of [1, 4, 16] as const) results.push(await measure(`http://127.0.0.1:${store.port}`, shards));
    const section = report(results);
    fs.writeFileSync(RESULTS, withSection(fs.readFileSync(RESULTS, 'utf8'), HEADING, section));
    process.stdout.write(section);
    if (section.includes('NO:')) process.exitCode = 1;
  } finally {
    await store.stop();
    fs.rmSync(directory, { recursive: true, force: true });
  }
}

void main();
