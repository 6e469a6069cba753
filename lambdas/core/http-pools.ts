import Pool from 'undici/lib/dispatcher/pool.js';

const CONNECT_TIMEOUT_MS = 2_000;
/** To one origin. Further calls wait for one of them. */
const MAX_CONNECTIONS = 512;

const pools = new Map<string, Pool>();

/**
 * Kept-alive HTTP/1.1 connections to an origin, one request at a time on each; nothing is sent twice, and no redirect followed. Time limits are
 * the caller's, but for that of connecting. For origins that are configured: a pool lives as long as the process.
 */
export function poolOf(origin: string): Pool {
  let pool = pools.get(origin);
  if (pool === undefined) {
    pool = new Pool(origin, {
      connections: MAX_CONNECTIONS,
      connect: { timeout: CONNECT_TIMEOUT_MS },
      headersTimeout: 0,
      bodyTimeout: 0,
      allowH2: false,
    });
    pools.set(origin, pool);
  }
  return pool;
}

/** A connection's error as it is to be logged. */
export function connectionErrorOf(error: Error & { readonly code?: unknown }): Error {
  if (error.code !== 'UND_ERR_CONNECT_TIMEOUT') return error;
  return new Error(`No connection within ${CONNECT_TIMEOUT_MS} ms.`, { cause: error });
}
