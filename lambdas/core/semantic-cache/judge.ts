import { differenceOf } from './difference';
import { asksAnother, questionKind } from './question';
import { type Reading, readText } from './reading';
import { scoreOf } from './score';
import type { SemanticCacheSettings } from './settings';
import { isReversed } from './vetoes/direction';
import { hasExclusion } from './vetoes/exclusion';
import { differsInNames } from './vetoes/names';
import { differsInNegation } from './vetoes/negation';
import { differingQuantity } from './vetoes/quantities';

/** Why the answer to one question is no answer to another, however alike their embeddings are. `language`: one of them is not English, which the rules cannot read. */
export type Veto = 'language' | 'number' | 'unit' | 'date' | 'negation' | 'exclusion' | 'name' | 'direction' | 'question';

export interface Judgement {
  readonly isHit: boolean;
  /** At most the cosine similarity. */
  readonly score: number;
  readonly veto?: Veto;
}

/** Whether the answer to `cached` may serve `asked`. @param similarity The cosine of their embeddings. */
export function judge(asked: string, cached: string, similarity: number, { threshold }: SemanticCacheSettings): Judgement {
  if (asked === cached) return { isHit: similarity >= threshold, score: similarity };
  const [left, right] = [readText(asked), readText(cached)];
  const veto = vetoOf(left, right);
  const score = scoreOf(similarity, left, right, differenceOf(left, right));
  return { isHit: veto === undefined && score >= threshold, score, ...(veto === undefined ? {} : { veto }) };
}

/** The first reason that holds; undefined when there is none. */
export function vetoOf(left: Reading, right: Reading): Veto | undefined {
  if (!left.isEnglish || !right.isEnglish) return 'language';
  const quantity = differingQuantity(left, right);
  if (quantity !== undefined) return quantity;
  if (differsInNegation(left.tokens, right.tokens)) return 'negation';
  if (hasExclusion(left.tokens, right.tokens)) return 'exclusion';
  if (differsInNames(left, right, differenceOf(left, right))) return 'name';
  if (isReversed(left, right)) return 'direction';
  return asksAnother(questionKind(left.tokens), questionKind(right.tokens)) ? 'question' : undefined;
}
