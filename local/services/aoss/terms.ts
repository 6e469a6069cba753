import type { StoredDocument } from './document';

const words = new Intl.Segmenter('en', { granularity: 'word' });

/** The terms of a text: its words by Unicode's boundaries, in lower case, as OpenSearch's standard analyzer finds them. */
export function termsOf(text: string): string[] {
  return [...words.segment(text)].flatMap(({ segment, isWordLike }) => (isWordLike ? [segment.toLowerCase()] : []));
}

const K1 = 1.2;
const B = 0.75;

/** What scores of a field depend on beside the document itself. */
export interface FieldStatistics {
  /** Documents that have the field. */
  readonly documents: number;
  readonly averageLength: number;
  documentsWith(term: string): number;
}

export function statisticsOf(field: string, documents: Iterable<StoredDocument>): FieldStatistics {
  const counts = new Map<string, number>();
  let withField = 0;
  let length = 0;
  for (const { terms } of documents) {
    const own = terms.get(field);
    if (own === undefined || own.length === 0) continue;
    withField += 1;
    length += own.length;
    for (const term of new Set(own)) counts.set(term, (counts.get(term) ?? 0) + 1);
  }
  return { documents: withField, averageLength: withField === 0 ? 1 : length / withField, documentsWith: (term) => counts.get(term) ?? 0 };
}

/**
 * BM25 of one term in a document's field, as OpenSearch 2.x scores it; 0 where the document lacks the term.
 * Source: Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), doi:10.1561/1500000019.
 */
export function scoreOf(term: string, own: readonly string[], { documents, averageLength, documentsWith }: FieldStatistics): number {
  const frequency = own.filter((other) => other === term).length;
  if (frequency === 0) return 0;
  const having = documentsWith(term);
  const rarity = Math.log(1 + (documents - having + 0.5) / (having + 0.5));
  return (rarity * frequency * (K1 + 1)) / (frequency + K1 * (1 - B + (B * own.length) / averageLength));
}
