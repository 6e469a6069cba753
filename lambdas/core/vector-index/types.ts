export type FieldValue = string | number | boolean;

/** Values of a document's fields, by their names; a field may have several. */
export type Fields = Readonly<Record<string, FieldValue | readonly FieldValue[]>>;

export interface NewDocument {
  /** Of the index's dimension; finite, and not all zero: it has to have a direction. */
  readonly vector: readonly number[];
  /** Found by keyword. */
  readonly text?: string;
  readonly fields?: Fields;
}

/** What became of a document: the id that the service made for it, or the type of OpenSearch's error. Only by its id can it be deleted: keep it. */
export type PutResult = { readonly id: string } | { readonly error: string; readonly status: number };

/** Bounds of a field; both ends where both are given. */
export interface Range {
  readonly gt?: number;
  readonly gte?: number;
  readonly lt?: number;
  readonly lte?: number;
}

/** What a document must be to be found: by field, the value, one of several values (none of no values), or a range. All must hold. */
export type Filter = Readonly<Record<string, FieldValue | readonly FieldValue[] | Range>>;

export interface VectorQuery {
  readonly vector: readonly number[];
  /** Most hits to return, 1 to 1,000. */
  readonly limit: number;
  readonly filter: Filter;
  /** Of hits that have the same value in this field the best alone counts: a document whose `put` was answered by nobody may be there twice. */
  readonly distinctBy?: string;
}

export interface VectorHit {
  readonly id: string;
  /** Cosine of the two vectors, from -1 to 1: computed here, exactly, since the service compresses vectors and approximates. */
  readonly similarity: number;
  readonly text: string | undefined;
  readonly fields: Fields;
}

export interface VectorIndex {
  /** Adds documents; the answers are in their order. What is added is found a little later. */
  put(documents: readonly NewDocument[]): Promise<PutResult[]>;
  /** The nearest documents, the best first. */
  search(query: VectorQuery): Promise<VectorHit[]>;
  /** Ids of documents that the filter lets through, as many as `limit` (1 to 1,000) at most, in no order. */
  findIds(filter: Filter, limit: number): Promise<string[]>;
  /** Deletes documents; one that is not there counts as deleted. @returns The ids of those that are still there. */
  remove(ids: readonly string[]): Promise<string[]>;
}
