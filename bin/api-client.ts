import * as z from 'zod';
import { type AwsCredentials, createSignedFetch } from '../client';
import type { ErrorCode } from '../lambdas/core/errors';
import { CommandError } from './commands/cli-error';

export interface ApiClientOptions {
  /** Of what is asked, without a trailing slash: the paths come after it. */
  readonly url: string;
  readonly region: string;
  /** Of whoever runs the command. */
  credentials(): Promise<AwsCredentials>;
  /** What to change where nothing answers: the end of a sentence. */
  readonly unreachable: string;
  /** What to change after an error with this code, beside what the API says. */
  readonly hints?: Readonly<Partial<Record<ErrorCode, string>>>;
}

/** An environment's API, signed with the AWS identity of whoever runs a command. */
export interface ApiClient {
  /**
   * Asks once: what changes something is not to be done twice.
   *
   * @throws CommandError with what the API said, or that nothing answers at its address
   */
  ask<T>(answer: z.ZodType<T>, method: 'GET' | 'POST' | 'PATCH', path: string, body?: object): Promise<T>;
}

const failure = z.object({ error: z.object({ code: z.string(), message: z.string(), trace_id: z.string().optional() }) });

/** API Gateway waits no longer than 29 s for an answer that does not stream. */
const TIMEOUT_MS = 35_000;

/** Errors of a connection that came to be none. */
const NOTHING_SENT: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

export function createApiClient(options: ApiClientOptions): ApiClient {
  const { url, region, credentials, unreachable } = options;
  const signed = createSignedFetch({ region, credentials });

  async function fetched(method: string, path: string, body: object | undefined): Promise<Response> {
    const headers = { 'content-type': 'application/json' };
    try {
      const sent = body && { headers, body: JSON.stringify(body) };
      return await signed(`${url}${path}`, { method, ...sent, signal: AbortSignal.timeout(TIMEOUT_MS) });
    } catch (error) {
      const problem = problemOf(error);
      if (problem === undefined) throw error;
      throw new CommandError(
        NOTHING_SENT.has(problem)
          ? `Nothing answers at ${url} (${problem}): ${unreachable}`
          : `There was no answer from ${url} (${problem}). What was asked may be done: look before you ask again.`,
        { cause: error },
      );
    }
  }

  return {
    async ask(answer, method, path, body) {
      const response = await fetched(method, path, body);
      const said: unknown = await response.json().catch(() => undefined);
      if (!response.ok) throw new CommandError(explain(response.status, said, options));
      const parsed = answer.safeParse(said);
      if (parsed.success) return parsed.data;
      throw new CommandError(
        `${url}${path} answered with what this version of blueprint does not read:\n${z.prettifyError(parsed.error)}\nRun the version that is deployed.`,
      );
    },
  };
}

/** Why `fetch` has no answer; undefined for what it does not throw itself. */
function problemOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('name' in error)) return undefined;
  if (error.name === 'TimeoutError') return `waited ${TIMEOUT_MS / 1000} seconds`;
  if (error.name !== 'TypeError' || !('cause' in error) || typeof error.cause !== 'object' || error.cause === null) return undefined;
  const { code, message } = error.cause as { readonly code?: unknown; readonly message?: unknown };
  return String(code ?? message);
}

function explain(status: number, said: unknown, { url, hints = {} }: ApiClientOptions): string {
  const told = failure.safeParse(said);
  if (!told.success) return `${url} answered ${status}, and not as the API of a gateway does: check the address.`;
  const { code, message, trace_id: traceId } = told.data.error;
  const hint = Object.hasOwn(hints, code) ? hints[code as ErrorCode] : undefined;
  const trace = status >= 500 && traceId !== undefined ? `Trace id: ${traceId}.` : undefined;
  return [message, hint, trace].filter((part) => part !== undefined).join(' ');
}
