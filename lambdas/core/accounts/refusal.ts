import { GatewayError } from '../errors';
import { formatUsd } from '../money';
import { type Account, type Amount, mostConcurrent } from './account';
import { remainingMs, type Windows } from './windows';

/** An account's items as they are, by attribute: numbers, absent where nothing was written yet. */
export type Standing = Readonly<Record<string, number | undefined>>;

/** A call under way lasts about this long: when to look again whether one has ended. */
const CONCURRENCY_RETRY_SECONDS = 1;

/** Why a call is too large for an account by itself, whatever else was used: to wait does not help. Undefined when it is not. */
export function aloneRefusal(account: Account, { microUsd, tokens }: Amount): GatewayError | undefined {
  const { microUsdPerMonth, microUsdPerDay, tokensPerMinute } = account.limits;
  for (const [window, limit] of [
    ['month', microUsdPerMonth],
    ['day', microUsdPerDay],
  ] as const) {
    if (limit === undefined || microUsd <= limit) continue;
    const message =
      `The budget of ${nameOf(account)} for a ${window} is $${formatUsd(limit)}, and this call alone may cost $${formatUsd(microUsd)}: ` +
      'ask for fewer tokens or a smaller model, or have it raised.';
    return new GatewayError('insufficient_quota', message);
  }
  if (tokensPerMinute === undefined || tokens <= tokensPerMinute) return undefined;
  const message = `${capital(nameOf(account))} may use ${tokensPerMinute} tokens a minute, and this call alone may use ${tokens}: send a smaller \`max_tokens\`, or have it raised.`;
  return new GatewayError('insufficient_quota', message);
}

/**
 * Why an account's month refuses an amount, or undefined when it does not: the same comparisons as in the update's condition.
 *
 * @param standing Before the call.
 */
export function monthRefusal(
  account: Account,
  { microUsd }: Amount,
  standing: Standing,
  windows: Windows,
  nowMs: number,
): GatewayError | undefined {
  const { limits } = account;
  const concurrency = mostConcurrent(limits);
  const inflight = standing.inflight ?? 0;
  for (const [window, limit, used] of [
    ['month', limits.microUsdPerMonth, standing.used ?? 0],
    ['day', limits.microUsdPerDay, standing[`day_${windows.day}`] ?? 0],
  ] as const) {
    if (limit === undefined || used + microUsd <= limit) continue;
    const left = Math.max(0, limit - used);
    const message =
      `The budget of ${nameOf(account)} for this ${window} is $${formatUsd(limit)}; $${formatUsd(left)} of it is left, and the call may cost ` +
      `$${formatUsd(microUsd)}. It is renewed in ${inWords(remainingMs(window, nowMs))}: ask for fewer tokens or a smaller model, or have it raised.`;
    return new GatewayError('insufficient_quota', message, { retryAfterSeconds: Math.ceil(remainingMs(window, nowMs) / 1000) });
  }
  if (inflight < concurrency) return undefined;
  const message = `${capital(nameOf(account))} has ${inflight} calls under way, and may have ${concurrency} at a time${limits.shards === undefined ? '' : ' outside its shards'}. Wait for one of them to end.`;
  return new GatewayError('rate_limit_exceeded', message, { retryAfterSeconds: CONCURRENCY_RETRY_SECONDS });
}

/** The same of an account's minute. */
export function minuteRefusal(account: Account, { tokens }: Amount, standing: Standing, nowMs: number): GatewayError | undefined {
  const { requestsPerMinute, tokensPerMinute } = account.limits;
  const waitMs = remainingMs('minute', nowMs);
  const retryAfterSeconds = Math.ceil(waitMs / 1000);
  const requests = standing.requests ?? 0;
  if (requestsPerMinute !== undefined && requests + 1 > requestsPerMinute) {
    const message = `${capital(nameOf(account))} may make ${requestsPerMinute} requests a minute, and has made them. The next minute begins in ${inWords(waitMs)}.`;
    return new GatewayError('rate_limit_exceeded', message, { retryAfterSeconds });
  }
  const used = standing.tokens ?? 0;
  if (tokensPerMinute === undefined || used + tokens <= tokensPerMinute) return undefined;
  const left = Math.max(0, tokensPerMinute - used);
  const message =
    `${capital(nameOf(account))} may use ${tokensPerMinute} tokens a minute; ${left} are left, and the call may use ${tokens}. ` +
    `The next minute begins in ${inWords(waitMs)}; a smaller \`max_tokens\` may fit now.`;
  return new GatewayError('rate_limit_exceeded', message, { retryAfterSeconds });
}

function nameOf({ kind, id }: Account): string {
  return kind === 'environment' ? `the environment ${id}` : `the ${kind} ${id}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function inWords(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.ceil(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.ceil(hours / 24)} days`;
}
