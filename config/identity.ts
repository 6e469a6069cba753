import * as z from 'zod';
import type { IdentityPolicy } from '../lambdas/core/identity/identity-policy';
import type { taskTypes } from '../lambdas/core/routing-policy';
import type { EMBEDDING_TASK, RouteName } from '../lambdas/core/scopes';
import { places } from './regions';

/** Whose tokens an environment's gateway takes, and what may become of its tenants' data: docs/identity.md. */

const MAX_ISSUERS = 20;
const MAX_GRANTS = 100;
const MAX_LISTED = 50;

/** Hosts from which a request does not leave the machine. */
const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** All that the gateway knows: a member that is missing here does not compile. */
const routes = {
  chat: 'chat',
  embeddings: 'embeddings',
  prompts: 'prompts',
  models: 'models',
  calls: 'calls',
  usage: 'usage',
  reviews: 'reviews',
} as const satisfies { readonly [Name in RouteName]: Name };
const tasks = {
  reasoning: 'reasoning',
  summarization: 'summarization',
  code: 'code',
  chat: 'chat',
  extraction: 'extraction',
  classification: 'classification',
  embedding: 'embedding',
} as const satisfies { readonly [Name in (typeof taskTypes)[number] | typeof EMBEDDING_TASK]: Name };

const address = z
  .url({ protocol: /^https?$/ })
  .refine((url) => !/[?#]|\/\/[^/]*@/.test(url) && (url.startsWith('https:') || LOOPBACK.has(hostOf(url))))
  .describe('an https URL without query, fragment or credentials; http only of this machine itself');

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : '';
}

const claim = z
  .string()
  .regex(/^[\x21-\x7e]{1,256}$/)
  .describe('1 to 256 characters without spaces');

/** As of `blueprint keys create --tenant`. */
export const tenant = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/)
  .describe('1 to 63 letters, digits, dots, underscores or hyphens, starting with a letter or digit');

const pattern = z
  .string()
  .regex(/^[A-Za-z0-9][\w.:/-]{0,126}\*?$/)
  .describe('1 to 127 letters, digits or ._:/-, and a * at the end for all that begin so');

const list = <T extends z.ZodType>(of: T) => z.array(of).min(1).max(MAX_LISTED);

const scopes = z.strictObject({
  /** Ids of models of the environment. */
  models: list(pattern).optional(),
  tasks: list(z.enum(tasks)).optional(),
  /** Ids of prompts; texts of the caller's own are refused then. */
  prompts: list(pattern).optional(),
  routes: list(z.enum(routes)).optional(),
});

const issuer = z.strictObject({
  /** The claim `iss` of its tokens, to the letter. */
  issuer: address,
  /** The claim `aud` names one of these. */
  audiences: z.array(claim).min(1).max(MAX_ISSUERS),
  /** Where it publishes its signing keys. Absent: `<issuer>/.well-known/jwks.json`. */
  jwksUri: address.optional(),
  /** The claim that says the tenant. */
  tenantClaim: claim,
  /** Tenants by what that claim says. Absent: it says the tenant itself. */
  tenants: z.record(claim, tenant).optional(),
  /** The claim that says the team. Absent: its tokens have none. */
  teamClaim: claim.optional(),
  /** The claim that names the bearer; `sub` when absent. */
  subjectClaim: claim.optional(),
  /** The first of these that a token fits says what it may use. Absent: all that its tenant may. */
  grants: z
    .array(
      z.strictObject({
        /** A claim that is words with spaces between them, or a list. */
        claim,
        /** One of its words. */
        value: claim,
        scopes,
      }),
    )
    .min(1)
    .max(MAX_GRANTS)
    .optional(),
});

const residency = z.strictObject({
  /** Regions and geographies that data may be processed in. Absent: any. */
  within: list(z.enum(places)).optional(),
  /** Only models whose provider keeps nothing of what it is sent. */
  noRetention: z.literal(true).optional(),
});

export const identityConfig = z.strictObject({
  /** OpenID Connect issuers whose tokens are taken beside API keys. Absent: none. */
  oidc: z.array(issuer).min(1).max(MAX_ISSUERS).optional(),
  /** What may become of the data of tenants, by their ids. What the registry says of them can only narrow it. */
  residency: z.record(tenant, residency).optional(),
}) satisfies z.ZodType<IdentityPolicy>;
