import type { IncomingMessage } from 'node:http';
import { ORIGIN } from '../core/proxy-request';
import { lightRequest } from './light-request';
import { ServerBody } from './server-body';

/** A request of node:http as the app takes it. @param signal Aborted when the caller leaves. */
export function serverRequest(incoming: IncomingMessage, signal: AbortSignal): Request {
  const { method = 'GET', url = '/', rawHeaders: headers } = incoming;
  return lightRequest({ method, url: urlOf(url), headers, body: new ServerBody(incoming), signal });
}

/** A target may also be a whole URL (`GET http://host/path`), of which host and scheme say nothing here, or no path at all (`OPTIONS *`). */
function urlOf(target: string): string {
  if (target.startsWith('/')) return ORIGIN + target;
  const url = URL.parse(target);
  return url === null ? `${ORIGIN}/` : ORIGIN + url.pathname + url.search;
}
