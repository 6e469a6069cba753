import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { describeError, type Log } from '../log';
import type { MetricSink } from '../metrics';
import type { Agent } from './agent';
import type { FailureRecord } from './failure';
import { handleMessage, type MessagePorts, type MessageResult } from './handle-message';
import { limitConcurrency } from './limit-concurrency';

export interface BatchPorts extends MessagePorts {
  readonly log: Log;
  readonly metrics: MetricSink;
  /** Messages of a batch that are worked on at once. */
  readonly concurrency: number;
  keepFailure(failure: FailureRecord): Promise<void>;
  /** Lets the queue give a message again after so many seconds, not only after its visibility timeout. */
  giveAgainAfter(record: SQSRecord, seconds: number): Promise<void>;
}

/** Waits before a message is given again: doubled each time. The visibility timeout is for messages whose process died. */
const FIRST_WAIT_SECONDS = 1;
const LONGEST_WAIT_SECONDS = 120;

/**
 * The one handler around every agent: the messages that failed, and no others, go back to the queue. Why each failed is kept beside it.
 */
export function createBatchHandler(agent: Agent, ports: BatchPorts): (event: SQSEvent, context: Context) => Promise<SQSBatchResponse> {
  const { log, metrics } = ports;
  const dimensions = { Agent: agent.name };

  async function work(record: SQSRecord, context: Context): Promise<void> {
    try {
      report(record, await handleMessage(agent, record.body, ports, context));
    } catch (error) {
      await fail(record, error);
      throw error;
    }
  }

  function report({ messageId }: SQSRecord, result: MessageResult): void {
    if (result === 'quarantined') {
      log.error('event quarantined', { agent: agent.name, message_id: messageId });
      return metrics.record({ values: { AgentRuns: 1, AgentQuarantined: 1 }, dimensions });
    }
    const { decisionId, callId, course, confidence, effects } = result;
    log.info('event worked on', {
      agent: agent.name,
      message_id: messageId,
      decision_id: decisionId,
      call_id: callId,
      course,
      confidence,
      effects,
    });
    metrics.record({ values: { AgentRuns: 1, AgentReviews: course === 'review' ? 1 : 0, AgentEffects: effects }, dimensions });
  }

  /** None of this may hide why it failed. */
  async function fail(record: SQSRecord, error: unknown): Promise<void> {
    const receives = Number(record.attributes.ApproximateReceiveCount);
    const failure = { messageId: record.messageId, agent: agent.name, receives, failedAtMs: ports.nowMs(), ...reasonOf(error) };
    log.error('event failed', { agent: agent.name, message_id: record.messageId, receives, error: describeError(error) });
    metrics.record({ values: { AgentRuns: 1, AgentFailures: 1 }, dimensions });
    const kept = await Promise.allSettled([ports.keepFailure(failure), ports.giveAgainAfter(record, waitSeconds(receives))]);
    for (const outcome of kept) {
      if (outcome.status === 'rejected')
        log.error('failure not kept', { message_id: record.messageId, error: describeError(outcome.reason) });
    }
  }

  return (event, context) => {
    // Of its own for each invocation: it holds the batch.
    const processor = new BatchProcessor(EventType.SQS);
    const inTurn = limitConcurrency(ports.concurrency);
    return processPartialResponse(event, (record: SQSRecord) => inTurn(() => work(record, context)), processor, {
      context,
      // All failed is no other case than some: an error of the invocation would say less.
      throwOnFullBatchFailure: false,
    });
  };
}

function waitSeconds(receives: number): number {
  return Math.min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2 ** Math.max(0, receives - 1));
}

function reasonOf(error: unknown): Pick<FailureRecord, 'error' | 'reason' | 'callId'> {
  if (!(error instanceof Error)) return { error: 'Error', reason: String(error) };
  const cause = error.cause instanceof Error ? ` (${error.cause.name}: ${error.cause.message})` : '';
  const callId = 'callId' in error && typeof error.callId === 'string' ? error.callId : undefined;
  return { error: error.name, reason: `${error.message}${cause}`, ...(callId !== undefined && { callId }) };
}
