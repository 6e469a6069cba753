import { GatewayError } from '../../core/errors';

/** What a call says of answers that were given before. */
export interface CacheControl {
  /** `no-cache`: it wants a new answer, which may be kept. */
  readonly mayRead: boolean;
  /** `no-store`: its answer is not kept. */
  readonly mayStore: boolean;
  /** `ttl=<seconds>`: no older answer, and its own is kept for so long. */
  readonly ttlSeconds: number | undefined;
}

const HEADER = 'x-blueprint-cache-control';
const TTL = /^ttl=(\d{1,9})$/;

/** `no-cache`, `no-store` and `ttl=<seconds>`, apart by commas. @throws GatewayError `invalid_request` for anything else. */
export function parseCacheControl(header: string | undefined): CacheControl {
  const directives = (header ?? '').split(',').map((part) => part.trim().toLowerCase());
  let [mayRead, mayStore] = [true, true];
  let ttlSeconds: number | undefined;
  for (const directive of directives) {
    const seconds = TTL.exec(directive)?.[1];
    if (directive === 'no-cache') mayRead = false;
    else if (directive === 'no-store') mayStore = false;
    else if (seconds !== undefined && ttlSeconds === undefined && Number(seconds) > 0) ttlSeconds = Number(seconds);
    else if (directive !== '') throw invalid(directive);
  }
  return { mayRead, mayStore, ttlSeconds };
}

function invalid(directive: string): GatewayError {
  const message = `The header \`${HEADER}\` takes \`no-cache\`, \`no-store\` and one \`ttl=<seconds>\` of 1 or more, apart by commas; "${directive.slice(0, 40)}" is none of them.`;
  return new GatewayError('invalid_request', message, { param: HEADER });
}
