import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import type { Access } from '../iam/types';
import { type CommonFault, type Operation, type Service, type ServiceError, type WireRequest, type WireResponse } from '../service';
import { unreadableState } from '../state/state-folder';
import { readBulk, runBulk } from './aoss/bulk';
import { Collection } from './aoss/collection';
import { CollectionPolicies, DataAccess } from './aoss/data-access';
import { commonFault, errorBody, jsonAnswer, searchError } from './aoss/errors';
import { readLines } from './aoss/ndjson';
import { type AossOperationName, type Route, routeOf } from './aoss/routes';
import { isJsonObject } from './json-protocol';
import { partitionOf } from './partition';
import { requireRegion } from './require-region';

export interface AossOptions {
  readonly accountId: string;
  readonly region: string;
  /**
   * Where documents are kept; made when it is not there.
   * @default - in memory
   */
  readonly directory?: string | undefined;
}

const PERMISSIONS: Readonly<Record<AossOperationName, string>> = {
  CreateIndex: 'aoss:CreateIndex',
  DeleteIndex: 'aoss:DeleteIndex',
  DescribeIndex: 'aoss:DescribeIndex',
  Bulk: 'aoss:WriteDocument',
  Search: 'aoss:ReadDocument',
  MultiSearch: 'aoss:ReadDocument',
};

/** What a call will do, and the indexes that it does it to. */
interface Plan {
  readonly indexes: readonly string[];
  run(): WireResponse;
}

/**
 * OpenSearch Serverless: collections of the type VECTORSEARCH, with the part of OpenSearch's API that `docs/local-emulator.md` lists. Search is exact, and
 * what is written is found at once. In AWS a collection has a host of its own; here it has a path, `/collections/<id>`.
 */
export class AossService implements Service {
  readonly signingName = 'aoss';
  readonly dataAccess = new DataAccess();
  readonly encryption = new CollectionPolicies();
  readonly network = new CollectionPolicies();
  readonly #collections = new Map<string, Collection>();
  readonly #options: AossOptions;

  constructor(options: AossOptions) {
    this.#options = options;
    if (options.directory !== undefined) fs.mkdirSync(options.directory, { recursive: true });
  }

  /** @returns The collection, without an index, and the path at which it answers. */
  createCollection(name: string): { readonly collection: Collection; readonly path: string } {
    const { region, accountId, directory } = this.#options;
    const id = createHash('sha256').update(name).digest('hex').slice(0, 20);
    const arn = `arn:${partitionOf(region)}:aoss:${region}:${accountId}:collection/${id}`;
    const collection = new Collection({ id, name, arn, directory });
    this.#collections.set(id, collection);
    return { collection, path: `/collections/${id}` };
  }

  /** The collection that answers at an endpoint; undefined where none does. */
  collectionAt(endpoint: string): Collection | undefined {
    return this.#collections.get(/\/collections\/([^/]+)\/?$/.exec(endpoint)?.[1] ?? '');
  }

  /** Makes an index as the template has it. @throws Error where its documents of an earlier start cannot be read */
  createIndex(collection: Collection, name: string, body: unknown): void {
    try {
      collection.createIndex(name, body);
    } catch (error) {
      const { directory } = this.#options;
      if (directory !== undefined && error instanceof Error && /^line \d+ is not JSON/.test(error.message)) {
        throw unreadableState('OpenSearch', directory, error);
      }
      throw error;
    }
  }

  operation(request: WireRequest): Operation {
    requireRegion(request, this.#options.region);
    const [, id = '', rest = ''] = /^\/collections\/([^/]+)(.*)$/.exec(request.path) ?? [];
    const collection = this.#collections.get(id);
    if (collection === undefined) throw searchError('status_exception', `There is no collection at ${request.path}.`, 404);
    const { name, arn } = collection.definition;
    if (!this.network.letsInFromAnywhere(name)) {
      throw searchError('security_exception', `No network policy lets calls from here reach the collection ${name}.`, 403);
    }
    const route = routeOf(request.method, rest);
    const plan = planOf(route, request, collection);
    const onIndexes = [...new Set(plan.indexes)].map(
      (index): Access => ({
        action: PERMISSIONS[route.name],
        resource: `index/${name}/${index}`,
        resourcePolicy: this.dataAccess.policy,
        resourcePolicyAlone: true,
      }),
    );
    return { name: route.name, access: [{ action: 'aoss:APIAccessAll', resource: arn }, ...onIndexes], run: async () => plan.run() };
  }

  errorResponse(error: ServiceError): WireResponse {
    return jsonAnswer({ error: errorBody(error), status: error.status }, error.status);
  }

  fault(kind: CommonFault, message: string): ServiceError {
    return commonFault(kind, message);
  }

  stop(): void {
    for (const collection of this.#collections.values()) collection.close();
  }
}

function planOf({ name, index = '' }: Route, request: WireRequest, collection: Collection): Plan {
  switch (name) {
    case 'CreateIndex': {
      const body = readJson(request.body);
      return {
        indexes: [index],
        run: () => {
          collection.createIndex(index, body);
          return jsonAnswer({ acknowledged: true, shards_acknowledged: true, index });
        },
      };
    }
    case 'DeleteIndex':
      return {
        indexes: [index],
        run: () => {
          collection.deleteIndex(index);
          return jsonAnswer({ acknowledged: true });
        },
      };
    case 'DescribeIndex':
      return { indexes: [index], run: () => jsonAnswer({ [index]: { mappings: describe(collection, index) } }) };
    case 'Bulk': {
      refuseParameters(request.query, []);
      const actions = readBulk(request.body, index || undefined);
      return { indexes: actions.map((action) => action.index), run: () => jsonAnswer(runBulk(actions, (name) => collection.find(name))) };
    }
    case 'Search': {
      refuseParameters(request.query, []);
      const body = readJson(request.body);
      return { indexes: [index], run: () => jsonAnswer(collection.search(index, body)) };
    }
    case 'MultiSearch': {
      refuseParameters(request.query, []);
      const searches = readSearches(request.body, index);
      return { indexes: searches.map((one) => one.index), run: () => jsonAnswer(collection.searchAll(searches)) };
    }
  }
}

function describe(collection: Collection, name: string): object {
  const { mapping } = collection.index(name);
  const properties = [...mapping].map(([field, definition]) => [
    field,
    definition.type === 'knn_vector'
      ? { type: definition.type, dimension: definition.dimension, space_type: definition.space }
      : definition,
  ]);
  return { properties: Object.fromEntries(properties) as object };
}

function readSearches(body: Buffer, indexOfPath: string): { readonly index: string; readonly body: unknown }[] {
  const lines = readLines(body, 'msearch');
  if (lines.length % 2 !== 0)
    throw searchError('illegal_argument_exception', 'Every search of an msearch is two lines: its header and its body.');
  return Array.from({ length: lines.length / 2 }, (_, at) => {
    const header = lines[2 * at];
    const index = (isJsonObject(header) ? header.index : undefined) ?? indexOfPath;
    if (typeof index !== 'string' || index === '') {
      throw searchError('action_request_validation_exception', 'Validation Failed: 1: index is missing;');
    }
    return { index, body: lines[2 * at + 1] };
  });
}

function readJson(body: Buffer): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    throw searchError('parse_exception', 'The request body is not valid JSON.');
  }
}

function refuseParameters(query: URLSearchParams, known: readonly string[]): void {
  const refresh = query.get('refresh');
  if (refresh !== null && refresh !== 'false') {
    throw searchError('status_exception', `${refresh || 'true'} refresh policy is not supported.`);
  }
  const other = [...query.keys()].find((name) => name !== 'refresh' && !known.includes(name));
  if (other !== undefined)
    throw searchError('status_exception', `The local emulator does not emulate the parameter ${other} of OpenSearch.`, 501);
}
