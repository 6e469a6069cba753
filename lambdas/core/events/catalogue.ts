import { churn } from '../../agents/churn/agent';
import { deploys } from '../../agents/deploys/agent';
import { documents } from '../../agents/documents/agent';
import { support } from '../../agents/support/agent';
import { effectRequested, reviewResolved } from '../agents/events';
import type { EventContract } from './define-event';

/** The contracts of the platform's own events, which the package publishes as JSON Schema in `dist/events/`. Every agent adds its own. */
export const eventCatalogue: readonly EventContract[] = [
  ...[churn, documents, support, deploys].map(({ event }) => event),
  effectRequested,
  reviewResolved,
];
