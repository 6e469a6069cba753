import { Logger } from '@aws-lambda-powertools/logger';
import * as z from 'zod';
import { version } from '../../package.json';
import { createAnswerCache } from '../core/answer-cache/answer-cache';
import { createAccounts } from '../core/accounts/accounts';
import { createAuditStore } from '../core/audit';
import { createContentObjects } from '../core/call-content/content-objects';
import { withContentObjects } from '../core/call-content/keep-content';
import { Breakers } from '../core/breaker';
import { systemClock } from '../core/clock';
import { createDynamoDbClient } from '../core/dynamodb-client';
import { fetchJson } from '../core/identity/fetch-json';
import { guardrailOf } from '../core/guardrail/guardrail-of';
import { createTokens } from '../core/identity/tokens';
import { loadPlatform } from '../core/load-platform';
import type { Log } from '../core/log';
import { createMetrics } from '../core/metrics';
import { createPromptReader } from '../core/prompts/prompt-reader';
import { createRegistry } from '../core/registry';
import { createGuards } from '../core/safety/guards';
import { createApiKeys } from '../core/secrets';
import { createUsageReader } from '../core/usage-ledger/read-usage';
import { createAdapters } from './adapters';
import { createApp } from './app';
import { similarAnswersOf } from './cache/similar-answers';
import { gatewayEnv } from './env';
import type { GatewayApp } from './environment';

/**
 * The gateway with everything it needs, from the process's environment variables and `platform.json`. Once per process.
 *
 * @throws Error naming the variable or the document's member that is wrong.
 */
export function composeGateway(variables: NodeJS.ProcessEnv): GatewayApp {
  const parsed = gatewayEnv.safeParse(variables);
  if (!parsed.success) throw new Error(`The gateway's environment variables are not right:\n${z.prettifyError(parsed.error)}`);
  const env = parsed.data;
  const dynamoDb = createDynamoDbClient();
  const platform = loadPlatform(variables.LAMBDA_TASK_ROOT);
  const secretsEndpoint = variables.AWS_ENDPOINT_URL_SECRETS_MANAGER ?? variables.AWS_ENDPOINT_URL;
  const readApiKey = createApiKeys(dynamoDb.config, secretsEndpoint, systemClock);
  const log = createLog(variables.AWS_LAMBDA_FUNCTION_NAME);
  const content = createContentObjects({
    bucket: env.CONTENT_BUCKET,
    config: dynamoDb.config,
    endpoint: variables.AWS_ENDPOINT_URL_S3 ?? variables.AWS_ENDPOINT_URL,
  });
  return createApp({
    platform,
    registry: createRegistry(dynamoDb, env.REGISTRY_TABLE, systemClock),
    prompts: createPromptReader(dynamoDb, env.REGISTRY_TABLE, systemClock),
    audit: withContentObjects(createAuditStore(dynamoDb, env.AUDIT_TABLE, env.AUDIT_RETENTION_DAYS), content, log),
    content,
    tokens: createTokens(platform.identity, fetchJson, systemClock),
    adapters: createAdapters(platform.providers, readApiKey),
    accounts: createAccounts({ client: dynamoDb, once: createDynamoDbClient(1), table: env.LEDGER_TABLE }, systemClock),
    usage: createUsageReader(dynamoDb, env.LEDGER_TABLE),
    guards: createGuards(platform.safety),
    applyGuardrail: guardrailOf(env, variables, dynamoDb.config),
    answerCache: platform.answerCache && createAnswerCache(dynamoDb, env.CACHE_TABLE),
    similarAnswers: similarAnswersOf(platform, env, { config: dynamoDb.config, log, clock: systemClock }),
    breakers: new Breakers(platform.routing.breaker, systemClock),
    clock: systemClock,
    log,
    metrics: createMetrics(platform.environment),
    version,
  });
}

function createLog(functionName: string | undefined): Log {
  const logger = new Logger({ persistentKeys: { function_name: functionName } });
  return {
    info: (message, fields) => logger.info(message, { ...fields }),
    error: (message, fields) => logger.error(message, { ...fields }),
  };
}
