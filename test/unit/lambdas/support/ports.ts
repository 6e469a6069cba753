import type { Accounts } from '../../../../lambdas/core/accounts/accounts';
import type { AuditStore, CallRecords } from '../../../../lambdas/core/audit';
import type { IntentRecord, OutcomeRecord, SettlementRecord } from '../../../../lambdas/core/audit-record';
import { Breakers } from '../../../../lambdas/core/breaker';
import { systemClock } from '../../../../lambdas/core/clock';
import { hashKey, type KeyRecord, keyIdOf } from '../../../../lambdas/core/keys';
import { createTokens } from '../../../../lambdas/core/identity/tokens';
import type { LogFields } from '../../../../lambdas/core/log';
import type { Measurements } from '../../../../lambdas/core/metrics';
import type { PlatformDocument } from '../../../../lambdas/core/platform';
import type { Registry } from '../../../../lambdas/core/registry';
import { createGuards } from '../../../../lambdas/core/safety/guards';
import type { RoleRecord } from '../../../../lambdas/core/roles';
import type { TenantRecord } from '../../../../lambdas/core/tenants';
import type { ModelAdapter, ModelEvent, ModelEvents, ModelRequest } from '../../../../lambdas/gateway/adapters/adapter';
import { refuseUnsupported } from '../../../../lambdas/gateway/adapters/refuse-unsupported';
import { createApp } from '../../../../lambdas/gateway/app';
import type { GatewayPorts } from '../../../../lambdas/gateway/call';
import type { GatewayBindings } from '../../../../lambdas/gateway/environment';
import { MemoryPrompts } from './prompts';

export const KEY = 'sk-test';
export const OTHER_KEY = 'sk-other';
const ROLE_ARN = 'arn:aws:iam::111122223333:role/caller';
const REVOKED_ROLE_ARN = 'arn:aws:iam::111122223333:role/former';
export const SESSION_ARN = 'arn:aws:sts::111122223333:assumed-role/caller/session';

export const platform: PlatformDocument = {
  environment: 'test',
  priceTableVersion: '2026-11-01',
  providers: { bedrock: { api: 'bedrock' } },
  models: [
    {
      id: 'small-1',
      provider: 'bedrock',
      providerModelId: 'vendor.small-1-v1:0',
      tier: 'small',
      contextWindowTokens: 10_000,
      maxOutputTokens: 1_000,
      capabilities: {
        tools: 'named',
        strictTools: true,
        serialTools: true,
        images: true,
        jsonSchema: 'native',
        sampling: 'both',
        effort: ['low', 'high'],
      },
      price: { input: 1_000_000, output: 5_000_000, cacheRead: 100_000, cacheWrite: 1_250_000 },
    },
  ],
  embeddingModels: [],
  limits: { maxBodyBytes: 100_000, modelTimeoutMs: 10_000 },
  routing: {
    aliases: { usual: ['small-1'] },
    tasks: { reasoning: 'large', code: 'mid', summarization: 'small', chat: 'small', extraction: 'small', classification: 'small' },
    checkedTasks: {},
    timeouts: { firstTokenMs: 20_000, idleMs: 20_000 },
    // What a single failure leads to is most tests' subject: nothing is tried again here.
    retry: { maxAttempts: 1, baseDelayMs: 100, maxDelayMs: 1_000, maxRetryAfterMs: 5_000 },
    fallback: { maxModels: 3, forExplicitModels: false, midAnswer: 'fail' },
    validation: { maxRepairs: 1, maxEscalations: 1 },
    breaker: { failureThreshold: 5, openMs: 30_000 },
  },
};

class MemoryAudit implements AuditStore {
  readonly intents = new Map<string, IntentRecord>();
  readonly settlements = new Map<string, SettlementRecord>();
  readonly outcomes = new Map<string, OutcomeRecord>();
  /** What happened, in order. */
  readonly order: string[] = [];
  fail: { intent?: Error; settlement?: Error } = {};

  async insertIntent(callId: string, intent: IntentRecord): Promise<void> {
    await Promise.resolve();
    if (this.fail.intent) throw this.fail.intent;
    if (this.intents.has(callId)) throw new Error('second intent');
    this.intents.set(callId, intent);
    this.order.push('intent');
  }

  async insertSettlement(callId: string, settlement: SettlementRecord): Promise<void> {
    await Promise.resolve();
    if (this.fail.settlement) throw this.fail.settlement;
    if (this.settlements.has(callId)) throw new Error('second settlement');
    this.settlements.set(callId, settlement);
    this.order.push('settlement');
  }

  async insertOutcome(callId: string, outcome: OutcomeRecord): Promise<boolean> {
    await Promise.resolve();
    if (this.outcomes.has(callId)) return false;
    this.outcomes.set(callId, outcome);
    return true;
  }

  async read(callId: string): Promise<CallRecords | undefined> {
    const intent = this.intents.get(callId);
    const outcome = this.outcomes.get(callId);
    return intent && { intent, settlement: this.settlements.get(callId), ...(outcome && { outcome }) };
  }
}

export type Script = (request: ModelRequest, signal: AbortSignal) => AsyncIterable<ModelEvent>;

export async function* hello(): AsyncGenerator<ModelEvent> {
  yield { type: 'text', text: 'Hello' };
  yield { type: 'text', text: ' world' };
  yield { type: 'finish', reason: 'stop' };
  yield { type: 'usage', usage: { inputTokens: 10, outputTokens: 4, cacheReadTokens: 5, cacheWriteTokens: 0 } };
}

/** A model whose first event never comes: asking for it ends as told. */
export function withoutEvents(next: () => Promise<never>): AsyncIterable<ModelEvent> {
  return { [Symbol.asyncIterator]: () => ({ next }) };
}

/** Of callers without limits nothing is held. */
const noAccounts: Accounts = {
  reserve: () => Promise.reject(new Error('nothing is to be held')),
  settle: () => Promise.reject(new Error('nothing is held')),
};

const checkUsual: ModelAdapter['check'] = (request) =>
  refuseUnsupported(request, new Set(['max_tokens', 'max_completion_tokens', 'temperature', 'stop']));

/** As from a provider each of whose events comes in a chunk of its own. */
async function* oneByOne(events: AsyncIterable<ModelEvent>): AsyncGenerator<ModelEvents, void> {
  for await (const event of events) yield [event];
}

/** Rejects when the signal aborts, as an adapter must. */
export function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason));
  });
}

export interface TestGateway {
  readonly app: ReturnType<typeof createApp>;
  readonly audit: MemoryAudit;
  readonly lines: { readonly level: 'info' | 'error'; readonly message: string; readonly fields: LogFields }[];
  /** What was recorded as metrics. */
  readonly measured: readonly Measurements[];
  readonly keys: Map<string, KeyRecord>;
  request(path: string, init?: RequestInit, bindings?: GatewayBindings): Promise<Response>;
  chat(body: unknown, init?: RequestInit): Promise<Response>;
  /** The one `request` line so far. */
  requestLine(): LogFields;
  /** All work after answers done, also that which was added meanwhile. */
  settled(): Promise<void>;
}

/** The real app over stores in memory and a scripted model. */
export function createTestGateway(
  script: Script = hello,
  overrides: Partial<GatewayPorts> = {},
  check: ModelAdapter['check'] = checkUsual,
  /** What the registry says of everybody's tenant. */
  tenant?: TenantRecord,
): TestGateway {
  const audit = new MemoryAudit();
  const lines: TestGateway['lines'] = [];
  const measured: Measurements[] = [];
  const keys = new Map([KEY, OTHER_KEY].map((key) => [hashKey(key), keyOf(key)]));
  const role = { roleArn: ROLE_ARN, tenant: 'tenant-of-role', name: 'caller', createdAt: 0 };
  const roles = new Map<string, RoleRecord>([
    [ROLE_ARN, role],
    [REVOKED_ROLE_ARN, { ...role, roleArn: REVOKED_ROLE_ARN, revokedAt: 1 }],
  ]);
  const registered = <T>(record: T | undefined) => record && { record, tenant, team: undefined };
  const registry: Registry = {
    findKey: async (hash) => registered(keys.get(hash)),
    findRole: async (arn) => registered(roles.get(arn)),
    findBearer: async () => ({ tenant, team: undefined, revocation: undefined }),
  };

  const adapter: ModelAdapter = {
    check,
    stream: (request, signal) => {
      audit.order.push('model');
      return oneByOne(script(request, signal));
    },
  };
  const app = createApp({
    platform,
    registry,
    tokens: createTokens(undefined, () => Promise.reject(new Error('nothing is to be fetched')), systemClock),
    prompts: new MemoryPrompts(),
    audit,
    accounts: noAccounts,
    content: { get: () => Promise.resolve(undefined) },
    usage: () => Promise.resolve([]),
    adapters: { bedrock: adapter },
    guards: createGuards((overrides.platform ?? platform).safety),
    breakers: new Breakers((overrides.platform ?? platform).routing.breaker, systemClock),
    clock: systemClock,
    log: {
      info: (message, fields) => lines.push({ level: 'info', message, fields }),
      error: (message, fields) => lines.push({ level: 'error', message, fields }),
    },
    metrics: { record: (measurements) => void measured.push(measurements) },
    version: '0.0.0-test',
    ...overrides,
  });
  const work: Promise<unknown>[] = [];
  const context = { waitUntil: (promise: Promise<unknown>) => void work.push(promise), passThroughOnException: () => undefined, props: {} };
  const request: TestGateway['request'] = async (path, init, bindings = {}) => app.request(path, init, bindings, context);
  return {
    app,
    audit,
    lines,
    measured,
    keys,
    request,
    chat: (body, init = {}) =>
      request('/v1/chat/completions', {
        method: 'POST',
        headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
        body: typeof body === 'string' ? body : JSON.stringify(body),
        ...init,
      }),
    requestLine: () => {
      const requestLines = lines.filter(({ message }) => message === 'request');
      expect(requestLines).toHaveLength(1);
      return requestLines[0]?.fields ?? {};
    },
    settled: async () => {
      for (let done = 0; done < work.length; ) {
        const batch = work.slice(done);
        await Promise.all(batch);
        done += batch.length;
      }
    },
  };
}

/** Not the key itself, so that a test can look for the key where it must not be. */
export function tenantOf(key: string): string {
  return `tenant-${key.length}-${key.at(-1)}`;
}

function keyOf(key: string): KeyRecord {
  return { keyId: keyIdOf(hashKey(key)), tenant: tenantOf(key), name: 'a key', createdAt: 0 };
}

export const simpleChat = { model: 'small-1', messages: [{ role: 'user', content: 'Hi' }] };

/** The JSON of each `data:` event; `[DONE]` as itself. */
export function eventsOf(text: string): readonly unknown[] {
  return text
    .split('\n\n')
    .filter((event) => event !== '')
    .map((event) => (event === 'data: [DONE]' ? '[DONE]' : JSON.parse(event.replace(/^data: /, ''))));
}

export async function errorOf(response: Response): Promise<Record<string, unknown>> {
  const body = (await response.json()) as { error: Record<string, unknown> };
  return body.error;
}
