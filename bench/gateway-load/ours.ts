import * as fs from 'node:fs';
import * as path from 'node:path';
import type { PlatformDocument } from '../../lambdas/core/platform';
import { BENCH_KEY } from './constants';
import { type RunningProcess, start } from './processes';
import type { Contender } from './contender';

const BUNDLE = path.resolve(__dirname, '..', '..', 'dist', 'server', 'index.mjs');
const MODEL = 'mock-1';
/** As docs/server.md has it started. */
const START_ARGS = [
  '--no-memory-reducer',
  '--no-allocation-site-pretenuring',
  '--no-maglev',
  '--min-semi-space-size=32',
  '--max-semi-space-size=32',
  '--max-old-space-size=512',
];
const START_VARIABLES = { MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: '32768' };

/** Our server, with everything on: authentication, audit, accounting, logs and metrics. */
export function ourGateway(folder: string, upstreamPort: number, storePort: number, extraArgs: readonly string[] = []): Contender {
  fs.writeFileSync(path.join(folder, 'platform.json'), JSON.stringify(platformOf(upstreamPort)));
  return {
    model: MODEL,
    headers: { authorization: `Bearer ${BENCH_KEY}` },
    healthPath: '/healthz',
    start: (port = 0): Promise<RunningProcess> =>
      start(
        [...START_ARGS, ...extraArgs, BUNDLE],
        {
          PATH: process.env.PATH,
          ...START_VARIABLES,
          PLATFORM_DIRECTORY: folder,
          HOST: '127.0.0.1',
          PORT: String(port),
          SHUTDOWN_GRACE_MS: '2000',
          AUDIT_TABLE: 'Audit',
          REGISTRY_TABLE: 'Registry',
          LEDGER_TABLE: 'Ledger',
          CONTENT_BUCKET: 'none',
          CACHE_TABLE: 'none',
          VECTOR_ENDPOINT: 'none',
          VECTOR_INDEX: 'none',
          GUARDRAIL_ID: 'none',
          GUARDRAIL_VERSION: 'none',
          AUDIT_RETENTION_DAYS: '30',
          AWS_REGION: 'eu-west-1',
          AWS_ACCESS_KEY_ID: 'bench',
          AWS_SECRET_ACCESS_KEY: 'bench',
          AWS_ENDPOINT_URL: `http://127.0.0.1:${storePort}`,
        },
        (line) => (JSON.parse(line) as { port?: number }).port,
      ),
  };
}

function platformOf(upstreamPort: number): PlatformDocument {
  return {
    environment: 'bench',
    priceTableVersion: 'bench',
    providers: { mock: { api: 'openai-compatible', baseUrl: `http://127.0.0.1:${upstreamPort}/v1` } },
    models: [
      {
        id: MODEL,
        provider: 'mock',
        providerModelId: MODEL,
        tier: 'small',
        contextWindowTokens: 100_000,
        maxOutputTokens: 1_000,
        capabilities: {
          tools: 'none',
          strictTools: false,
          serialTools: false,
          images: false,
          jsonSchema: 'none',
          sampling: 'both',
          effort: [],
        },
        price: { input: 1_000_000, output: 5_000_000 },
      },
    ],
    embeddingModels: [],
    limits: { maxBodyBytes: 1_000_000, modelTimeoutMs: 60_000 },
    routing: {
      aliases: {},
      tasks: { reasoning: 'small', summarization: 'small', code: 'small', chat: 'small', extraction: 'small', classification: 'small' },
      checkedTasks: {},
      timeouts: { firstTokenMs: 10_000, idleMs: 10_000 },
      retry: { maxAttempts: 1, baseDelayMs: 100, maxDelayMs: 1_000, maxRetryAfterMs: 1_000 },
      fallback: { maxModels: 1, forExplicitModels: false, midAnswer: 'fail' },
      validation: { maxRepairs: 1, maxEscalations: 1 },
      breaker: { failureThreshold: 5, openMs: 10_000 },
    },
  };
}
