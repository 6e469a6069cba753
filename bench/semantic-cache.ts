import * as fs from 'node:fs';
import * as path from 'node:path';
import { parseArgs } from 'node:util';
import { prod } from '../config/environments/prod';
import { platformDocumentOf } from '../config/platform-document';
import { costMicroUsd } from '../lambdas/core/money';
import { defaultSemanticCacheSettings } from '../lambdas/core/semantic-cache/settings';
import { NO_USAGE } from '../lambdas/core/usage';
import { routedModel, tasks } from './router-mix';
import { embed } from './semantic-cache/embeddings';
import { LIMIT, readPairs, scorePairs, shareTable, sharesAboveLimit, thresholdTable } from './semantic-cache/pairs';
import { plot } from './semantic-cache/plot';
import { type Neighbours, type Query, type Replay, dayOf, neighboursOf, ours, readQueries, replay } from './semantic-cache/replay';
import { percent, table } from './semantic-cache/table';

/**
 * Writes the measured parts of docs/semantic-cache.md: `npm run bench:semantic-cache -- --pairs <file> --queries <file> --python <interpreter>`;
 * bench/semantic-cache/README.md says which. Exits with 1 where the score has more false hits than it may.
 */

const DOCS = path.resolve(__dirname, '..', 'docs');
const REPEAT_SHARES = [0, 0.1, 0.2, 0.3];
/** An embedding of a question of some 20 tokens at Titan Text Embeddings V2's $0.02 per million. */
const EMBEDDING_MICRO_USD = 20 * 0.02;
/** DynamoDB on demand: an eventually consistent read of one unit, and a write of two ($0.125 and $0.625 per million). */
const [READ_MICRO_USD, WRITE_MICRO_USD] = [0.0625, 1.25];

function main(): void {
  const { values } = parseArgs({
    options: { pairs: { type: 'string' }, queries: { type: 'string' }, python: { type: 'string', default: 'python3' } },
  });
  const { pairs: pairsFile, queries: queriesFile, python } = values;
  if (pairsFile === undefined || queriesFile === undefined) {
    throw new Error(
      'Name the data: --pairs question-pairs.jsonl --queries support-queries.jsonl. bench/semantic-cache/README.md says what is in them.',
    );
  }
  const pairs = readPairs(pairsFile);
  const scored = scorePairs(
    pairs,
    embed(
      pairs.flatMap(({ a, b }) => [a, b]),
      python,
    ),
  );
  const { threshold } = defaultSemanticCacheSettings;
  fs.writeFileSync(path.join(DOCS, 'semantic-cache.svg'), plot(scored, threshold));
  writeBlock('pairs', `${shareTable(scored)}\n\n${thresholdTable(scored)}`);

  const queries = readQueries(queriesFile);
  const neighbours = neighboursOf(
    queries,
    embed(
      queries.map(({ text }) => text),
      python,
    ),
    threshold,
  );
  writeBlock('replay', replayTable(queries, neighbours));

  const above = sharesAboveLimit(scored);
  if (above.length > 0) {
    process.exitCode = 1;
    process.stderr.write(`More than ${LIMIT} times the false hits of plain cosine at ${above.join(', ')}% of the duplicates found.\n`);
  }
}

function replayTable(queries: readonly Query[], neighbours: Neighbours): string {
  const rows = REPEAT_SHARES.map((repeatShare) => {
    const day = dayOf(queries, repeatShare);
    const own = replay(day, neighbours, ours(defaultSemanticCacheSettings));
    const plain = replay(day, neighbours, (_asked, _cached, similarity) => similarity >= defaultSemanticCacheSettings.threshold);
    const { calls, exactHits, semanticHits } = own;
    return [
      percent(repeatShare),
      String(calls),
      percent(exactHits / calls),
      percent(semanticHits / calls),
      `**${percent((exactHits + semanticHits) / calls)}**`,
      falseHitCell(own),
      falseHitCell(plain),
      percent(costSaved(own)),
    ];
  });
  const head = ['repeats', 'calls', 'exact hits', 'semantic hits', 'calls saved', 'false hits', 'false hits of plain cosine', 'cost saved'];
  return table(head, rows);
}

function falseHitCell({ falseHits, semanticHits, calls }: Replay): string {
  return `${falseHits} of ${semanticHits} semantic hits, ${percent(falseHits / calls)} of calls`;
}

/** Net of what the cache costs: a read for each call, an embedding for each that is no exact hit, a write for each answer. */
function costSaved({ calls, exactHits, semanticHits }: Replay): number {
  const { inputTokens, outputTokens } = tasks.chat;
  const { price } = routedModel('chat', platformDocumentOf(prod));
  const without = calls * costMicroUsd({ ...NO_USAGE, inputTokens, outputTokens }, price);
  const misses = calls - exactHits - semanticHits;
  const models = (without * misses) / calls;
  return 1 - (models + calls * READ_MICRO_USD + (calls - exactHits) * EMBEDDING_MICRO_USD + misses * WRITE_MICRO_USD) / without;
}

function writeBlock(name: string, block: string): void {
  const file = path.join(DOCS, 'semantic-cache.md');
  const text = fs.readFileSync(file, 'utf8');
  const marked = new RegExp(`(?<=<!-- ${name} -->\\n).*(?=<!-- /${name} -->)`, 's');
  if (!marked.test(text)) throw new Error(`${file} has no markers "<!-- ${name} -->" and "<!-- /${name} -->".`);
  fs.writeFileSync(
    file,
    text.replace(marked, () => `${block}\n`),
  );
  process.stdout.write(`${block}\n\n`);
}

main();
