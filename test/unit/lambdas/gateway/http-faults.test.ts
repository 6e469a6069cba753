import type { SettlementRecord } from '../../../../lambdas/core/audit-record';
import type { PlatformDocument } from '../../../../lambdas/core/platform';
import { createAdapters } from '../../../../lambdas/gateway/adapters';
import { auditOf, chargeOf, expectMatrix } from '../../../helpers/fault-matrix';
import { type FaultyUpstream, startFaultyUpstream } from '../../../helpers/upstream/faults';
import { modelOf, platformOf } from '../support/models';
import { createTestGateway } from '../support/ports';

/**
 * What goes wrong at providers that are called over HTTP, and for each: what the client receives, what it is charged and what the audit trail
 * says. The gateway's app and its adapters are the real ones; the provider is a server on this machine that misbehaves as told; time is the
 * test's, so that nothing waits.
 */

const ATTEMPTS = 2;
/** Longer than anything here takes by itself. */
const SILENCE_MS = 3_600_000;

const APIS = ['openai-compatible', 'anthropic'] as const;
type Api = (typeof APIS)[number];

/** What is said of one call. */
type Line = readonly [client: string, charged: string, audit: string];
interface Case {
  readonly what: string;
  /** The model at the provider, which names the fault. */
  readonly fault: string;
  readonly plain: Line;
  /** Where it differs. */
  readonly streamed?: Line;
  /** What the client receives where another model could answer. */
  readonly other: string;
  readonly otherStreamed?: string;
  /** Where one API's answer differs from the other's. */
  readonly ofAnthropic?: Partial<Omit<Case, 'what' | 'fault' | 'ofAnthropic'>>;
}
