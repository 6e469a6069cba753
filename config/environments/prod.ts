import { standardSafety } from '../safety';
import type { EnvironmentConfig } from '../schema';

/** Production. Roles carry a boundary, which an administrator of the account makes once (see `permissionsBoundary`). */
export const prod: EnvironmentConfig = {
  name: 'prod',
  platform: 'ai-native-blueprint',
  region: 'eu-west-1',
  removalPolicy: 'retain',
  terminationProtection: true,
  deletionProtection: true,
  logLevel: 'INFO',
  archive: { objectLock: { mode: 'governance', days: 2_555 } },
  auditContent: 'hash-only',
  retention: { auditDays: 2_555, agentDays: 730, logDays: 365 },
  limits: { requestsPerSecond: 500, burst: 1_000, maxBodyBytes: 4_718_592, modelTimeoutSeconds: 600 },
  gateway: { memoryMb: 1_769, timeoutSeconds: 660, accountLogRole: 'create' },
  retrieval: { dimensions: 1_024, minOcu: 1, maxOcu: 16 },
  firewall: { enabled: true, requestsPer5MinutesPerAddress: 20_000 },
  alarms: {
    errorRatePercent: 1,
    invalidAnswersPercent: 5,
    escalationsPercent: 20,
    latencyP99Ms: 30_000,
    spendUsdPerHour: 200,
    monthlyBudgetUsd: 50_000,
  },
  notifications: { emails: ['ai-platform-oncall@example.com', 'ai-platform-finance@example.com'] },
  models: ['claude-opus-5', 'claude-sonnet-5', 'claude-sonnet-4.6', 'claude-haiku-4.5', 'nova-pro', 'nova-lite', 'nova-micro'],
  embeddingModels: ['titan-embed-text-v2', 'cohere-embed-multilingual-v3'],
  routing: {
    aliases: { cheap: ['nova-micro', 'nova-lite', 'claude-haiku-4.5'], best: ['claude-opus-5', 'claude-sonnet-5'] },
    tasks: { reasoning: 'large', code: 'mid', summarization: 'small', chat: 'small', extraction: 'small', classification: 'small' },
    checkedTasks: { reasoning: 'mid', code: 'small' },
    timeouts: { firstTokenMs: 120_000, idleMs: 60_000 },
    retry: { maxAttempts: 3, baseDelayMs: 100, maxDelayMs: 4_000, maxRetryAfterMs: 10_000 },
    fallback: { maxModels: 3, forExplicitModels: false, midAnswer: 'fail' },
    validation: { maxRepairs: 1, maxEscalations: 2 },
    breaker: { failureThreshold: 5, openMs: 30_000 },
  },
  safety: standardSafety,
  // Calls are answered from the cache that say for how long (`x-blueprint-cache-control: ttl=…`); tenants named here need not.
  answerCache: { tenants: [], ttlSeconds: 3_600, maxTtlSeconds: 86_400, staleSeconds: 86_400, maxTemperature: 0.5, maxMessages: 8 },
  agents: {
    churn: { autonomy: 'shadow' },
    documents: { autonomy: 'shadow' },
    support: { autonomy: 'shadow' },
    deploys: { autonomy: 'shadow' },
  },
  tags: { team: 'ai-platform', 'cost-centre': 'product', 'data-class': 'confidential' },
  permissionsBoundary: 'ai-native-blueprint-boundary',
  tracing: true,
};
