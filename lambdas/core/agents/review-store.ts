import {
  type AttributeValue,
  ConditionalCheckFailedException,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { marshalItem, unmarshalItem } from '../attribute-values';
import type { DecisionRecord } from './decision';
import type { EffectCall } from './effect';
import type { Resolutions } from './resolve-decision';
import { problemOf, type ReviewCase, reviewCase } from './review-case';
import type { ReviewCases } from './run-agent';
import { decisionPk, expiresAt, keyOf, LIST_INDEX, type RunsTable } from './runs-table';
import type { Verdict } from './verdict';

export const CASE_SORT = 'CASE';
/** Cases that nobody has resolved, and those that are resolved of which the bus has not been told yet. */
const OPEN_LIST = 'CASES#OPEN';
const UNTOLD_LIST = 'CASES#UNTOLD';
/** Of one page. */
const PAGE = 100;

export interface ResolveRequest {
  readonly decisionId: string;
  readonly reviewer: string;
  readonly verdict: Exclude<Verdict, 'expire'>;
  /** The whole output, when it is amended. */
  readonly output?: unknown;
  readonly note?: string;
}

/** Reviews, each resolved once by the one who holds it. All but the finders throw ReviewError. */
export interface ReviewStore extends Resolutions {
  get(decisionId: string): Promise<ReviewCase | undefined>;
  /** The oldest unresolved cases that are asked for. */
  listOpen(isAskedFor: (item: ReviewCase) => boolean, limit: number): Promise<readonly ReviewCase[]>;
  /** For as long as `lockMs`; again by the same reviewer makes it longer. */
  claim(decisionId: string, reviewer: string, lockMs: number): Promise<ReviewCase>;
  /** Gives a claimed case back. */
  release(decisionId: string, reviewer: string): Promise<ReviewCase>;
  resolve(request: ResolveRequest): Promise<ReviewCase>;
  /** Denies every case whose time is over. @returns those that it has denied */
  expireAll(): Promise<readonly ReviewCase[]>;
  /** Resolved cases of which the bus has not been told. */
  listUntold(): Promise<readonly ReviewCase[]>;
  told(decisionId: string): Promise<void>;
}

/** Puts cases in the Runs table, beside their decisions. @param openMs How long a person has. */
export function createReviewCases(runs: RunsTable, openMs: number, nowMs: () => number): ReviewCases {
  return {
    async open(decision, effects, outputSchema) {
      try {
        await runs.client.send(
          new PutItemCommand({
            TableName: runs.table,
            Item: caseItem(decision, { effects, outputSchema }, { runs, openMs, nowMs: nowMs() }),
            ConditionExpression: 'attribute_not_exists(pk)',
          }),
        );
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      }
    },
  };
}

function caseItem(
  { id, agent, tenant, eventId, callId, confidence, input, prediction }: DecisionRecord,
  { effects, outputSchema }: { readonly effects: readonly EffectCall[]; readonly outputSchema: object },
  { runs, openMs, nowMs }: { readonly runs: RunsTable; readonly openMs: number; readonly nowMs: number },
): Record<string, AttributeValue> {
  const texts = {
    input: JSON.stringify(input),
    prediction: JSON.stringify(prediction),
    effects: JSON.stringify(effects),
    outputSchema: JSON.stringify(outputSchema),
  };
  const times = { openedAtMs: nowMs, expiresAtMs: nowMs + openMs, created_at: nowMs, expires_at: expiresAt(runs, nowMs + openMs) };
  return {
    ...keyOf(decisionPk(id), CASE_SORT),
    ...marshalItem({
      decisionId: id,
      agent,
      ...(tenant !== undefined && { tenant }),
      eventId,
      callId,
      confidence,
      ...texts,
      state: 'open',
      ...times,
      list: OPEN_LIST,
    }),
  };
}

interface Change {
  readonly decisionId: string;
  readonly reviewer: string;
  readonly update: string;
  readonly condition: string;
  readonly values: Readonly<Record<string, unknown>>;
}

export function createReviewStore({ client, table }: Pick<RunsTable, 'client' | 'table'>, nowMs: () => number): ReviewStore {
  async function get(decisionId: string): Promise<ReviewCase | undefined> {
    const { Item } = await client.send(new GetItemCommand({ TableName: table, Key: caseKey(decisionId), ConsistentRead: true }));
    return Item === undefined ? undefined : fromCaseItem(Item);
  }

  async function change({ decisionId, reviewer, update, condition, values }: Change): Promise<ReviewCase> {
    const now = nowMs();
    try {
      const { Attributes = {} } = await client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: caseKey(decisionId),
          UpdateExpression: update,
          ConditionExpression: `attribute_exists(pk) AND ${condition}`,
          ExpressionAttributeNames: { '#state': 'state', ...(update.includes('#list') && { '#list': 'list' }) },
          ExpressionAttributeValues: marshalItem({ ':now': now, ...values }),
          ReturnValues: 'ALL_NEW',
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      );
      return fromCaseItem(Attributes);
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      throw problemOf(decisionId, error.Item && fromCaseItem(error.Item), reviewer, now);
    }
  }

  async function list(name: string, limit: number, keep: (item: ReviewCase) => boolean): Promise<readonly ReviewCase[]> {
    const found: ReviewCase[] = [];
    let start: Record<string, AttributeValue> | undefined;
    do {
      const { Items = [], LastEvaluatedKey } = await client.send(
        new QueryCommand({
          TableName: table,
          IndexName: LIST_INDEX,
          KeyConditionExpression: '#list = :list',
          ExpressionAttributeNames: { '#list': 'list' },
          ExpressionAttributeValues: { ':list': { S: name } },
          Limit: PAGE,
          ExclusiveStartKey: start,
        }),
      );
      found.push(...Items.map(fromCaseItem).filter(keep));
      start = LastEvaluatedKey;
    } while (start !== undefined && found.length < limit);
    return found.slice(0, limit);
  }

  const held = '#state = :claimed AND claimedBy = :reviewer AND claimedUntilMs > :now AND expiresAtMs > :now';
  return {
    get,
    async find(decisionId) {
      const found = await get(decisionId);
      return found?.verdict && { verdict: found.verdict, reviewer: found.resolvedBy, output: found.output };
    },
    listOpen: (isAskedFor, limit) => list(OPEN_LIST, limit, (item) => isAskedFor(item) && item.expiresAtMs > nowMs()),
    claim: (decisionId, reviewer, lockMs) =>
      change({
        decisionId,
        reviewer,
        update: 'SET #state = :claimed, claimedBy = :reviewer, claimedUntilMs = :until',
        condition: 'expiresAtMs > :now AND (#state = :open OR (#state = :claimed AND (claimedBy = :reviewer OR claimedUntilMs <= :now)))',
        values: { ':claimed': 'claimed', ':open': 'open', ':reviewer': reviewer, ':until': nowMs() + lockMs },
      }),
    release: (decisionId, reviewer) =>
      change({
        decisionId,
        reviewer,
        update: 'SET #state = :open REMOVE claimedBy, claimedUntilMs',
        condition: held,
        values: { ':claimed': 'claimed', ':open': 'open', ':reviewer': reviewer },
      }),
    resolve: ({ decisionId, reviewer, verdict, output, note }) =>
      change({
        decisionId,
        reviewer,
        update: `SET #state = :resolved, #list = :untold, verdict = :verdict, resolvedBy = :reviewer, resolvedAtMs = :now${output === undefined ? '' : ', amended = :output'}${note === undefined ? '' : ', note = :note'}`,
        condition: held,
        values: {
          ':claimed': 'claimed',
          ':resolved': 'resolved',
          ':untold': UNTOLD_LIST,
          ':reviewer': reviewer,
          ':verdict': verdict,
          ...(output !== undefined && { ':output': JSON.stringify(output) }),
          ...(note !== undefined && { ':note': note }),
        },
      }),
    async expireAll() {
      const now = nowMs();
      const overdue = await list(OPEN_LIST, Number.POSITIVE_INFINITY, ({ expiresAtMs }) => expiresAtMs <= now);
      const denied = await Promise.all(overdue.map(({ decisionId }) => expire(decisionId)));
      return denied.filter((item) => item !== undefined);
    },
    listUntold: () => list(UNTOLD_LIST, Number.POSITIVE_INFINITY, () => true),
    async told(decisionId) {
      await client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: caseKey(decisionId),
          UpdateExpression: 'REMOVE #list',
          ExpressionAttributeNames: { '#list': 'list' },
        }),
      );
    },
  };

  /** Undefined when somebody was quicker. The index may lag: the item itself says whether its time is over. */
  async function expire(decisionId: string): Promise<ReviewCase | undefined> {
    try {
      return await change({
        decisionId,
        reviewer: '',
        update: 'SET #state = :resolved, #list = :untold, verdict = :verdict, resolvedAtMs = :now',
        condition: '#state <> :resolved AND expiresAtMs <= :now',
        values: { ':resolved': 'resolved', ':untold': UNTOLD_LIST, ':verdict': 'expire' },
      });
    } catch (error) {
      if (error instanceof Error && error.name === 'ReviewError') return undefined;
      throw error;
    }
  }
}

function caseKey(decisionId: string): Record<string, AttributeValue> {
  return keyOf(decisionPk(decisionId), CASE_SORT);
}

/** @throws Error when the item is no case. */
export function fromCaseItem(item: Record<string, AttributeValue>): ReviewCase {
  const { input, prediction, effects, outputSchema, amended, ...same } = unmarshalItem(item);
  const parsed = reviewCase.safeParse({
    ...same,
    input: JSON.parse(String(input)),
    prediction: JSON.parse(String(prediction)),
    effects: JSON.parse(String(effects)),
    outputSchema: JSON.parse(String(outputSchema)),
    output: amended === undefined ? undefined : JSON.parse(String(amended)),
  });
  if (parsed.success) return parsed.data;
  throw new Error(`The review item ${item.pk?.S ?? 'without pk'} cannot be read: ${z.prettifyError(parsed.error)}`);
}
