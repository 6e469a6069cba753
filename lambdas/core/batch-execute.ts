import { setTimeout as sleep } from 'node:timers/promises';
import type { BatchStatementResponse, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createSignedJsonCall, type JsonAnswer } from './signed-json-call';
import { canPass } from './store-error';

const MAX_SENDS = 3;

export interface BatchOutcome {
  /** In the statements' order. Shorter than they are many when the answer left some out. */
  readonly responses: readonly BatchStatementResponse[];
  /** How often the batch was sent: an earlier time may have had its effect. */
  readonly sends: number;
}

/** @param statements Each as JSON. @throws Error with the service's name for it and `$metadata.httpStatusCode`, or that of the connection. */
export type BatchExecute = (statements: readonly string[]) => Promise<BatchOutcome>;

/**
 * DynamoDB's `BatchExecuteStatement` by the client's region and credentials, at a fraction of the client's price. What can pass is sent
 * again, three times in all, after random waits.
 *
 * @param endpoint Overrides the service's address in the region.
 * @param backoffMs The first wait's bound, twice as long for the next.
 */
export function createBatchExecute({ config }: DynamoDBClient, endpoint: string | undefined, backoffMs: number): BatchExecute {
  const call = createSignedJsonCall(config, {
    service: 'dynamodb',
    contentType: 'application/x-amz-json-1.0',
    target: 'DynamoDB_20120810.BatchExecuteStatement',
    addressIn: (region) => endpoint ?? dynamoDbAddress(config, region),
  });

  return async (statements) => {
    const body = `{"Statements":[${statements.join(',')}]}`;
    for (let sends = 1; ; sends++) {
      try {
        return { responses: responsesIn(await call(body)), sends };
      } catch (error) {
        if (sends >= MAX_SENDS || !canPass(error)) throw error;
      }
      await sleep(Math.random() * backoffMs * 2 ** (sends - 1));
    }
  };
}

/** DynamoDB's own address in a region of any partition. */
export async function dynamoDbAddress(config: DynamoDBClient['config'], region: string): Promise<string> {
  const [UseFIPS, UseDualStack] = await Promise.all([config.useFipsEndpoint(), config.useDualstackEndpoint()]);
  return config.endpointProvider({ Region: region, UseFIPS, UseDualStack }).url.href;
}

interface Answer {
  readonly Responses?: readonly BatchStatementResponse[];
  readonly __type?: unknown;
  readonly message?: unknown;
  readonly Message?: unknown;
}

function responsesIn({ status, text }: JsonAnswer): readonly BatchStatementResponse[] {
  let answer: Answer = {};
  try {
    answer = JSON.parse(text);
  } catch (cause) {
    // With a failing status that says enough. Else whether the batch was run is not known, as when there is no answer.
    if (status === 200) throw new Error('DynamoDB answered with what is not JSON.', { cause });
  }
  if (status !== 200) throw new BatchError(status, answer);
  return answer.Responses ?? [];
}

/** A refusal in the form of an SDK error, so that it is judged and logged as one. */
class BatchError extends Error {
  readonly $metadata: { readonly httpStatusCode: number };

  constructor(httpStatusCode: number, { __type, message, Message }: Answer) {
    super(String(message ?? Message ?? `DynamoDB answered ${httpStatusCode} without saying why.`));
    // com.amazonaws.dynamodb.v20120810#ValidationException
    this.name = typeof __type === 'string' ? (__type.split('#').at(-1) ?? __type) : 'UnknownError';
    this.$metadata = { httpStatusCode };
  }
}
