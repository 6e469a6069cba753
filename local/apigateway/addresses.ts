import type { ApiStage, RestApi } from './rest-api';

/** The deployed stage that a request is for, and the request's path within that stage. */
export interface Destination {
  readonly api: RestApi;
  readonly stage: ApiStage;
  readonly path: string;
}

/**
 * Where deployed stages stand on the one port: the first API's first stage at the root, as a custom domain would serve it, and every other one
 * under `/<api id>/<stage>`. `apis` is in the order in which the APIs started.
 */
export function destinationOf(apis: ReadonlyMap<string, RestApi>, path: string): Destination | undefined {
  const [, apiId = '', stageName = '', ...rest] = path.split('/');
  const api = apis.get(apiId);
  const stage = api?.stages.get(stageName);
  if (api && stage) return { api, stage, path: `/${rest.join('/')}` };
  const [root] = apis.values();
  const [rootStage] = root?.stages.values() ?? [];
  return root && rootStage && { api: root, stage: rootStage, path };
}

/** The path at which a stage stands; empty at the root. */
export function stagePath(apis: ReadonlyMap<string, RestApi>, apiId: string, stageName: string): string {
  const [root] = apis.values();
  const [rootStage] = root?.stages.values() ?? [];
  const isRoot = root?.id === apiId && (rootStage === undefined || rootStage.name === stageName);
  return isRoot ? '' : `/${apiId}/${stageName}`;
}

const INVOKE_URL = /https:\/\/(?<apiId>[a-z0-9]+)\.execute-api\.[a-z0-9-]+\.amazonaws\.com\/(?<stage>[A-Za-z0-9_-]+)/g;

/** Turns invoke URLs of emulated APIs, wherever they stand in a text, into the addresses that answer for them here. */
export function localAddresses(text: string, apis: ReadonlyMap<string, RestApi>, origin: string): string {
  return text.replace(INVOKE_URL, (url, apiId: string, stage: string) => (apis.has(apiId) ? origin + stagePath(apis, apiId, stage) : url));
}
