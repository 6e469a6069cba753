import * as z from 'zod';
import { confidence, decisionShape, defineAgent, defineEffect, defineEvent } from '../../core/agents';

/** What producers may send, and what of it the model is shown. */
const MAX_SESSION_EVENTS = 500;
const SHOWN_SESSION_EVENTS = 20;
const MS_PER_HOUR = 3_600_000;
/** After a cancellation: soon enough to be remembered, late enough not to look like a machine. */
const WIN_BACK_DELAY_HOURS = 2;
/** An offer costs money; a flag costs a look. */
const PRICE_SHOCK_ABOVE = 0.8;
const UX_CONFUSION_ABOVE = 0.7;

export const orderCancelled = defineEvent({
  name: 'order.cancelled',
  version: 1,
  owner: 'orders',
  description: 'A customer has cancelled an order, with what they did before.',
  data: z.strictObject({
    order_id: z.string().min(1).max(64),
    customer_id: z.string().min(1).max(64),
    total_usd: z.number().nonnegative(),
    cancelled_at: z.iso.datetime(),
    /** What the customer wrote, where they did. */
    comment: z.string().max(2_000).optional(),
    /** Of the session, oldest first. */
    session: z
      .array(
        z.strictObject({
          at: z.iso.datetime(),
          /** `page_view`, `shipping_cost_shown`, `error_shown` … */
          type: z.string().min(1).max(64),
          detail: z.string().max(500).optional(),
        }),
      )
      .max(MAX_SESSION_EVENTS),
  }),
});

export const crmNote = defineEffect('crm-note', z.object({ customer_id: z.string(), text: z.string() }));
export const winBackOffer = defineEffect(
  'win-back-offer',
  z.object({ customer_id: z.string(), order_id: z.string(), send_at: z.iso.datetime() }),
);
export const feedbackFlag = defineEffect('feedback-flag', z.object({ order_id: z.string(), text: z.string() }));

const output = z.object({
  ...decisionShape,
  reason: z
    .enum(['price_shock', 'ux_confusion', 'delivery_time', 'found_elsewhere', 'changed_mind', 'unclear'])
    .describe('The one reason that explains the cancellation best; unclear when nothing in the event tells.'),
  evidence: z.array(z.string().max(300)).max(5).describe('What in the session or the comment speaks for it, quoted.'),
  confidence,
});

/** Why was an order cancelled, and what can be done about it? */
export const churn = defineAgent({
  name: 'churn',
  event: orderCancelled,
  prompt: 'churn',
  variables: ({ data }) => ({ order: { ...data, session: data.session.slice(-SHOWN_SESSION_EVENTS) } }),
  output,
  effects: [crmNote, winBackOffer, feedbackFlag],
  act({ output: { reason, evidence, confidence }, approvedBy }, { timeMs, data: { customer_id, order_id } }) {
    const isSure = (above: number): boolean => approvedBy !== undefined || confidence > above;
    const text = [`Order ${order_id} was cancelled: ${reason}.`, ...evidence].join(' ');
    if (reason === 'price_shock' && isSure(PRICE_SHOCK_ABOVE)) {
      const sendAt = new Date(timeMs + WIN_BACK_DELAY_HOURS * MS_PER_HOUR).toISOString();
      return [crmNote({ customer_id, text }), winBackOffer({ customer_id, order_id, send_at: sendAt })];
    }
    if (reason === 'ux_confusion' && isSure(UX_CONFUSION_ABOVE)) return [feedbackFlag({ order_id, text })];
    return [];
  },
});
