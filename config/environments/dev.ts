import type { EnvironmentConfig } from '../schema';

/** For developers: cheap, chatty, gone without a trace when deleted. `npm start` runs this one. */
export const dev: EnvironmentConfig = {
  name: 'dev',
  platform: 'ai-native-blueprint',
  region: 'us-east-1',
  removalPolicy: 'destroy',
  terminationProtection: false,
  deletionProtection: false,
  logLevel: 'DEBUG',
  retention: { auditDays: 30, logDays: 7 },
  limits: { requestsPerSecond: 20, burst: 40, maxBodyBytes: 4_718_592, modelTimeoutSeconds: 120 },
  gateway: { memoryMb: 512, timeoutSeconds: 150, accountLogRole: 'create' },
  firewall: { enabled: false, requestsPer5MinutesPerAddress: 2_000 },
  alarms: { errorRatePercent: 10, latencyP99Ms: 60_000, spendUsdPerHour: 5, monthlyBudgetUsd: 200 },
  notifications: { emails: [] },
  models: [
    'claude-opus-5',
    'claude-sonnet-5',
    'claude-sonnet-4.6',
    'claude-haiku-4.5',
    'nova-pro',
    'nova-lite',
    'nova-micro',
    'llama-4-maverick',
    'mistral-large-3',
  ],
  routing: {
    aliases: { cheap: ['nova-micro', 'nova-lite', 'claude-haiku-4.5'], best: ['claude-opus-5', 'claude-sonnet-5'] },
    tasks: { reasoning: 'large', code: 'mid', summarization: 'small', chat: 'small', extraction: 'small', classification: 'small' },
    timeouts: { firstTokenMs: 60_000, idleMs: 30_000 },
    retry: { maxAttempts: 3, baseDelayMs: 50, maxDelayMs: 1_000, maxRetryAfterMs: 5_000 },
    fallback: { maxModels: 3, forExplicitModels: false },
    breaker: { failureThreshold: 5, openMs: 10_000 },
  },
  tags: { team: 'ai-platform', 'cost-centre': 'engineering', 'data-class': 'test' },
  tracing: true,
};
