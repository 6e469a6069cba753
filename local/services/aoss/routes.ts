import { notEmulated, searchError } from './errors';

export type AossOperationName = 'CreateIndex' | 'DeleteIndex' | 'DescribeIndex' | 'Bulk' | 'Search' | 'MultiSearch';

/** A call within a collection. */
export interface Route {
  readonly name: AossOperationName;
  /** The index in the path; a bulk or an `_msearch` may name its indexes in the body instead. */
  readonly index: string | undefined;
}

interface RouteRule {
  readonly methods: readonly string[];
  /** What comes after the index. */
  readonly api: string;
  readonly name: AossOperationName;
  readonly needsIndex: boolean;
}

const ROUTES: readonly RouteRule[] = [
  { methods: ['PUT'], api: '', name: 'CreateIndex', needsIndex: true },
  { methods: ['DELETE'], api: '', name: 'DeleteIndex', needsIndex: true },
  { methods: ['GET', 'HEAD'], api: '', name: 'DescribeIndex', needsIndex: true },
  { methods: ['GET'], api: '_mapping', name: 'DescribeIndex', needsIndex: true },
  { methods: ['POST', 'PUT'], api: '_bulk', name: 'Bulk', needsIndex: false },
  { methods: ['POST', 'GET'], api: '_search', name: 'Search', needsIndex: true },
  { methods: ['POST', 'GET'], api: '_msearch', name: 'MultiSearch', needsIndex: false },
];

/** What OpenSearch has and a VECTORSEARCH collection of the service has not. */
const REFUSED = [
  '_refresh',
  '_flush',
  '_forcemerge',
  '_delete_by_query',
  '_update_by_query',
  '_reindex',
  '_update',
  '_cluster',
  '_nodes',
  '_tasks',
  '_stats',
];

/** @throws ServiceError: 404 for what the service refuses, 501 for what the emulator does not know */
export function routeOf(method: string, path: string): Route {
  const parts = path.split('/').filter((part) => part !== '');
  const [first = ''] = parts;
  const index = first === '' || first.startsWith('_') ? undefined : decodeURIComponent(first);
  const api = (index === undefined ? parts : parts.slice(1)).join('/');
  const refused = parts.find((part) => REFUSED.includes(part)) ?? (parts.length === 0 ? 'GET /' : undefined);
  if (refused !== undefined) {
    throw searchError('status_exception', `${refused} is not there in a VECTORSEARCH collection of OpenSearch Serverless.`, 404);
  }
  const route = ROUTES.find((rule) => rule.api === api && rule.methods.includes(method) && (index !== undefined || !rule.needsIndex));
  if (route === undefined) throw notEmulated(`${method} ${path}`);
  if (index !== undefined && (!/^[a-z0-9][a-z0-9_.+-]{0,254}$/.test(index) || index.includes('..'))) {
    throw searchError('invalid_index_name_exception', `Invalid index name [${index}]`);
  }
  return { name: route.name, index };
}
