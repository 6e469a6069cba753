import * as z from 'zod';
import { version } from '../../package.json';
import { createAnswerCache } from '../core/answer-cache/answer-cache';
import { createAccounts } from '../core/accounts/accounts';
import { createLeasedAccounts } from '../core/accounts/leased-accounts';
import { createBatchedAuditStore } from '../core/audit-batch';
import { createContentObjects } from '../core/call-content/content-objects';
import { withContentObjects } from '../core/call-content/keep-content';
import { Breakers } from '../core/breaker';
import { systemClock, systemLater } from '../core/clock';
import { createDynamoDbClient } from '../core/dynamodb-client';
import { fetchJson } from '../core/identity/fetch-json';
import { guardrailOf } from '../core/guardrail/guardrail-of';
import { createTokens } from '../core/identity/tokens';
import { loadPlatform } from '../core/load-platform';
import type { Log } from '../core/log';
import { createPromptReader } from '../core/prompts/prompt-reader';
import { createRegistry } from '../core/registry';
import { createGuards } from '../core/safety/guards';
import { createApiKeys } from '../core/secrets';
import { createUsageReader } from '../core/usage-ledger/read-usage';
import { createAdapters } from './adapters';
import { createApp } from './app';
import { similarAnswersOf } from './cache/similar-answers';
import type { GatewayApp } from './environment';
import { serverEnv } from './server-env';
import { createLineLog, type LineWriter } from './server-lines';
import { createLineMetrics } from './server-metrics';
import type { ServerOptions } from './server-run';

/** Audit records that may wait for the table: each call has at most two. */
const MAX_WAITING_RECORDS = 10_000;
const MAX_SENDS = 4;
const BACKOFF_MS = 50;

export interface ComposedServer {
  readonly app: GatewayApp;
  readonly options: ServerOptions;
  readonly log: Log;
  /** Writes the metrics that wait. */
  readonly flushMetrics: () => void;
  /** Settles what is held for calls to come. Once none is under way. */
  close(): Promise<void>;
}

/**
 * The gateway as a server with everything it needs, from the process's environment variables and `platform.json`. Once per process.
 *
 * @throws Error naming the variable or the document's member that is wrong.
 */
export function composeServer(variables: NodeJS.ProcessEnv, lines: LineWriter): ComposedServer {
  const parsed = serverEnv.safeParse(variables);
  if (!parsed.success) throw new Error(`The server's environment variables are not right:\n${z.prettifyError(parsed.error)}`);
  const env = parsed.data;
  const dynamoDb = createDynamoDbClient();
  const platform = loadPlatform(env.PLATFORM_DIRECTORY);
  const secretsEndpoint = variables.AWS_ENDPOINT_URL_SECRETS_MANAGER ?? variables.AWS_ENDPOINT_URL;
  const log = createLineLog(lines.write, systemClock.nowMs);
  const content = createContentObjects({
    bucket: env.CONTENT_BUCKET,
    config: dynamoDb.config,
    endpoint: variables.AWS_ENDPOINT_URL_S3 ?? variables.AWS_ENDPOINT_URL,
  });
  const audit = createBatchedAuditStore(dynamoDb, {
    table: env.AUDIT_TABLE,
    retentionDays: env.AUDIT_RETENTION_DAYS,
    maxWaiting: MAX_WAITING_RECORDS,
    maxSends: MAX_SENDS,
    backoffMs: BACKOFF_MS,
    endpoint: variables.AWS_ENDPOINT_URL_DYNAMODB ?? variables.AWS_ENDPOINT_URL,
  });
  const accounts = createLeasedAccounts({
    accounts: createAccounts({ client: dynamoDb, once: createDynamoDbClient(1), table: env.LEDGER_TABLE }, systemClock),
    client: dynamoDb,
    table: env.LEDGER_TABLE,
    clock: systemClock,
    later: systemLater,
    log,
  });
  const metrics = createLineMetrics(platform.environment, lines.write, systemClock.nowMs, systemLater);
  const app = createApp({
    platform,
    registry: createRegistry(dynamoDb, env.REGISTRY_TABLE, systemClock),
    prompts: createPromptReader(dynamoDb, env.REGISTRY_TABLE, systemClock),
    audit: withContentObjects(audit, content, log),
    content,
    tokens: createTokens(platform.identity, fetchJson, systemClock),
    adapters: createAdapters(platform.providers, createApiKeys(dynamoDb.config, secretsEndpoint, systemClock)),
    accounts,
    usage: createUsageReader(dynamoDb, env.LEDGER_TABLE),
    guards: createGuards(platform.safety),
    applyGuardrail: guardrailOf(env, variables, dynamoDb.config),
    answerCache: platform.answerCache && createAnswerCache(dynamoDb, env.CACHE_TABLE),
    similarAnswers: similarAnswersOf(platform, env, { config: dynamoDb.config, log, clock: systemClock }),
    breakers: new Breakers(platform.routing.breaker, systemClock),
    clock: systemClock,
    log,
    metrics,
    version,
  });
  const options = { host: env.HOST, port: env.PORT, shutdownGraceMs: env.SHUTDOWN_GRACE_MS };
  return { app, options, log, flushMetrics: metrics.flush, close: accounts.close };
}
