import { ServiceError } from '../../service';
import { isJsonObject } from '../json-protocol';
import { errorBody, noSuchIndex, searchError } from './errors';
import { readLines } from './ndjson';
import type { SearchIndex } from './search-index';

/** One thing that a bulk asks for. */
export interface BulkAction {
  readonly kind: 'index' | 'create' | 'delete' | 'update';
  readonly index: string;
  readonly id: string | undefined;
  /** Undefined for `delete`. */
  readonly source: unknown;
}

const KINDS = ['index', 'create', 'delete', 'update'] as const;

/** @throws ServiceError where the body does not parse: then nothing of it is done */
export function readBulk(body: Buffer, indexOfPath: string | undefined): BulkAction[] {
  const lines = readLines(body, 'bulk');
  const actions: BulkAction[] = [];
  for (let at = 0; at < lines.length; ) {
    const line = lines[at++];
    const [[name, details] = []] = isJsonObject(line) ? Object.entries(line) : [];
    const kind = KINDS.find((known) => known === name);
    if (kind === undefined || !isJsonObject(details)) {
      throw searchError(
        'illegal_argument_exception',
        `Malformed action/metadata line [${at}], expected one of [create, delete, index, update]`,
      );
    }
    const { _index: index = indexOfPath, _id: id } = details;
    if (typeof index !== 'string') throw searchError('action_request_validation_exception', 'Validation Failed: 1: index is missing;');
    if (kind === 'delete' && typeof id !== 'string')
      throw searchError('action_request_validation_exception', 'Validation Failed: 1: id is missing;');
    const source = kind === 'delete' ? undefined : lines[at++];
    if (kind !== 'delete' && source === undefined) {
      throw searchError('illegal_argument_exception', `Malformed bulk request: the action on line [${at - 1}] has no document after it`);
    }
    actions.push({ kind, index, id: typeof id === 'string' ? id : undefined, source });
  }
  return actions;
}

/** Does one after the other; what fails is told in its own item, and the rest goes on. */
export function runBulk(actions: readonly BulkAction[], indexNamed: (name: string) => SearchIndex | undefined): object {
  const items = actions.map((action) => runOne(action, indexNamed(action.index)));
  return { took: 1, errors: items.some(({ error }) => error !== undefined), items: items.map(({ kind, ...item }) => ({ [kind]: item })) };
}

interface Item {
  readonly kind: BulkAction['kind'];
  readonly _index: string;
  readonly _id: string | null;
  readonly status: number;
  readonly result?: string;
  readonly error?: object;
}

function runOne({ kind, index: name, id, source }: BulkAction, index: SearchIndex | undefined): Item {
  try {
    if (index === undefined) throw noSuchIndex(name);
    if (kind === 'delete') {
      const isDeleted = index.delete(id ?? '');
      return { kind, _index: name, _id: id ?? '', result: isDeleted ? 'deleted' : 'not_found', status: isDeleted ? 200 : 404 };
    }
    if (kind === 'update') throw searchError('illegal_argument_exception', 'Update is not supported in a VECTORSEARCH collection');
    if (id !== undefined) throw searchError('illegal_argument_exception', 'Document ID is not supported in create/index operation request');
    return { kind, _index: name, _id: index.add(source), result: 'created', status: 201 };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return { kind, _index: name, _id: id ?? null, status: error.status, error: errorBody(error) };
  }
}
