import { confidence, decisionShape, defineAgent, defineEffect, defineEvent, serveAgent } from 'ai-native-blueprint/agents';
import * as z from 'zod';

export const refundRequested = defineEvent({
  name: 'refund.requested',
  version: 1,
  owner: 'payments',
  data: z.strictObject({
    refund_id: z.string(),
    amount_usd: z.number().positive(),
    reason: z.string().max(2_000),
    orders_so_far: z.int().min(0),
  }),
});

const refundRoute = defineEffect('refund-route', z.object({ refund_id: z.string(), route: z.string() }));

export const refunds = defineAgent({
  name: 'refunds',
  event: refundRequested,
  prompt: 'refunds',
  variables: ({ data }) => ({ request: data }),
  output: z.object({ ...decisionShape, route: z.enum(['pay', 'ask', 'fraud']), confidence }),
  effects: [refundRoute],
  act: ({ output: { route } }, { data: { refund_id } }) => [refundRoute({ refund_id, route })],
});

export const handler = serveAgent(refunds);
