import * as z from 'zod';
import { createApiClient } from './api-client';
import { START_IT } from './commands/local-endpoint';
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
  const { region } = platform.connection;
  const unreachable = platform.connection.endpoint === undefined ? 'check the network, --env and --region.' : START_IT;
  const api = createApiClient({ url, region, credentials: platform.credentials, unreachable });
  const at = (id: string) => `/${encodeURIComponent(id)}`;
  return {
    list: async (agent) => {
      const query = agent === undefined ? '' : `?agent=${encodeURIComponent(agent)}`;
      return (await api.ask(z.object({ data: z.array(summary) }), 'GET', query)).data;
    },
    show: (id) => api.ask(detail, 'GET', at(id)),
    claim: (id) => api.ask(detail, 'POST', `${at(id)}/claim`, {}),
    release: (id) => api.ask(detail, 'POST', `${at(id)}/release`, {}),
    resolve: (id, resolution) => api.ask(detail, 'POST', `${at(id)}/resolution`, resolution),
  };
}
