import * as z from 'zod';
import { confidence, decisionShape, defineAgent, defineEffect, defineEvent } from '../../core/agents';

export const ticketOpened = defineEvent({
  name: 'ticket.opened',
  version: 1,
  owner: 'support',
  description: 'A customer has asked for help.',
  data: z.strictObject({
    ticket_id: z.string().min(1).max(64),
    subject: z.string().max(300),
    body: z.string().max(10_000),
    plan: z.enum(['free', 'team', 'enterprise']),
    opened_at: z.iso.datetime(),
  }),
});

export const ticketRouting = defineEffect('ticket-routing', z.object({ ticket_id: z.string(), queue: z.string(), priority: z.string() }));

const output = z.object({
  ...decisionShape,
  queue: z.enum(['billing', 'outage', 'how_to', 'bug', 'account_access', 'security', 'other']).describe('Who can help.'),
  priority: z.enum(['urgent', 'high', 'normal', 'low']).describe('How soon somebody must look.'),
  summary: z.string().max(300).describe('What is asked for, in one sentence, for whoever takes it up.'),
  confidence,
});

/** Who can help with a ticket, and how soon? */
export const support = defineAgent({
  name: 'support',
  event: ticketOpened,
  prompt: 'support',
  variables: ({ data }) => ({ ticket: data }),
  output,
  effects: [ticketRouting],
  act: ({ output: { queue, priority } }, { data: { ticket_id } }) => [ticketRouting({ ticket_id, queue, priority })],
});
