import * as z from 'zod';
import { createSignedFetch } from '../client';
import { CommandError } from './commands/cli-error';
import type { PlatformTarget } from './commands/target';

const summary = z.object({
  id: z.string(),
  agent: z.string(),
  confidence: z.number(),
  state: z.string(),
  opened_at: z.string(),
  expires_at: z.string(),
  claimed_by: z.string().nullable(),
});
const detail = summary.extend({
  call_id: z.string(),
  event_id: z.string(),
  input: z.unknown(),
  prediction: z.unknown(),
  effects: z.array(z.object({ effect: z.string(), input: z.unknown() })),
  verdict: z.string().nullable(),
  resolved_by: z.string().nullable(),
});
const failure = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

export type ReviewSummary = z.infer<typeof summary>;
export type ReviewDetail = z.infer<typeof detail>;

/** The reviews of an environment, as its API answers. All throw CommandError with what the API said. */
export interface ReviewClient {
  list(agent: string | undefined): Promise<readonly ReviewSummary[]>;
  show(id: string): Promise<ReviewDetail>;
  claim(id: string): Promise<ReviewDetail>;
  release(id: string): Promise<ReviewDetail>;
  resolve(id: string, resolution: object): Promise<ReviewDetail>;
}

/** Signs as whoever runs the command: their session is the reviewer. */
export async function createReviewClient(platform: PlatformTarget): Promise<ReviewClient> {
  const url = `${await platform.parameter('gateway-url')}/iam/v1/reviews`;
  const signed = createSignedFetch({ region: platform.connection.region, credentials: platform.credentials });

  async function ask<T>(schema: z.ZodType<T>, path: string, init?: RequestInit): Promise<T> {
    const response = await signed(`${url}${path}`, init);
    const body: unknown = await response.json().catch(() => undefined);
    if (response.ok) return schema.parse(body);
    const told = failure.safeParse(body);
    throw new CommandError(told.success ? told.data.error.message : `The reviews answered ${response.status}.`);
  }
  const post = (body: object = {}): RequestInit => ({
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

  return {
    list: async (agent) => {
      const query = agent === undefined ? '' : `?agent=${encodeURIComponent(agent)}`;
      return (await ask(z.object({ data: z.array(summary) }), query)).data;
    },
    show: (id) => ask(detail, `/${encodeURIComponent(id)}`),
    claim: (id) => ask(detail, `/${encodeURIComponent(id)}/claim`, post()),
    release: (id) => ask(detail, `/${encodeURIComponent(id)}/release`, post()),
    resolve: (id, resolution) => ask(detail, `/${encodeURIComponent(id)}/resolution`, post(resolution)),
  };
}
