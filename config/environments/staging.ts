import { standardSafety } from '../safety';
import type { EnvironmentConfig } from '../schema';

/** Production's rehearsal: its region, protection and models, with less traffic and shorter memories. */
export const staging: EnvironmentConfig = {
  name: 'staging',
  platform: 'ai-native-blueprint',
  region: 'eu-west-1',
  removalPolicy: 'retain',
  terminationProtection: true,
  deletionProtection: true,
  logLevel: 'INFO',
  archive: { objectLock: { mode: 'governance', days: 30 } },
  auditContent: 'hash-only',
  retention: { auditDays: 90, agentDays: 90, logDays: 30 },
  limits: { requestsPerSecond: 50, burst: 100, maxBodyBytes: 4_718_592, modelTimeoutSeconds: 300 },
  gateway: { memoryMb: 1024, timeoutSeconds: 330, accountLogRole: 'create' },
  retrieval: { dimensions: 1_024, minOcu: 0, maxOcu: 4 },
  firewall: { enabled: true, requestsPer5MinutesPerAddress: 5_000 },
  alarms: {
    errorRatePercent: 5,
    invalidAnswersPercent: 10,
    escalationsPercent: 30,
    latencyP99Ms: 45_000,
    spendUsdPerHour: 20,
    monthlyBudgetUsd: 2_000,
  },
  notifications: { emails: ['ai-platform-staging@example.com'] },
  models: ['claude-opus-5', 'claude-sonnet-5', 'claude-sonnet-4.6', 'claude-haiku-4.5', 'nova-pro', 'nova-lite', 'nova-micro'],
  embeddingModels: ['titan-embed-text-v2', 'cohere-embed-multilingual-v3'],
  routing: {
    aliases: { cheap: ['nova-micro', 'nova-lite', 'claude-haiku-4.5'], best: ['claude-opus-5', 'claude-sonnet-5'] },
    tasks: { reasoning: 'large', code: 'mid', summarization: 'small', chat: 'small', extraction: 'small', classification: 'small' },
    checkedTasks: { reasoning: 'mid', code: 'small' },
    timeouts: { firstTokenMs: 90_000, idleMs: 30_000 },
    retry: { maxAttempts: 3, baseDelayMs: 100, maxDelayMs: 2_000, maxRetryAfterMs: 5_000 },
    fallback: { maxModels: 3, forExplicitModels: false, midAnswer: 'fail' },
    validation: { maxRepairs: 1, maxEscalations: 2 },
    breaker: { failureThreshold: 5, openMs: 30_000 },
  },
  safety: standardSafety,
  // Calls are answered from the cache that say for how long (`x-blueprint-cache-control: ttl=…`); tenants named here need not.
  answerCache: { tenants: [], ttlSeconds: 3_600, maxTtlSeconds: 86_400, staleSeconds: 86_400, maxTemperature: 0.5, maxMessages: 8 },
  agents: {
    churn: { autonomy: 'suggest' },
    documents: { autonomy: 'suggest' },
    support: { autonomy: 'suggest' },
    deploys: { autonomy: 'suggest' },
  },
  tags: { team: 'ai-platform', 'cost-centre': 'engineering', 'data-class': 'internal' },
  tracing: true,
};
