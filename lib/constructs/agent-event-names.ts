import type { EventName } from './event-rule';

/** The contracts that the runtime of agents brings, by what buses go by; a test holds them to `lambdas/core/agents/events`. */
export const EFFECT_REQUESTED: EventName = { name: 'agent.effect-requested', owner: 'agents' };
export const REVIEW_RESOLVED: EventName = { name: 'review.resolved', owner: 'reviews' };

/** Of the agents that the package brings: what each is told of. */
export const shippedEvents = {
  churn: { name: 'order.cancelled', owner: 'orders' },
  documents: { name: 'document.received', owner: 'documents' },
  support: { name: 'ticket.opened', owner: 'support' },
  deploys: { name: 'deployment.failed', owner: 'delivery' },
} as const satisfies Readonly<Record<string, EventName>>;
