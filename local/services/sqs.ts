import type { Access, Decision, Principal } from '../iam/types';
import { type CommonFault, type Operation, type Service, ServiceError, type WireRequest, type WireResponse } from '../service';
import type { Key } from '../world';
import { readJsonObject, readTarget } from './json-protocol';
import { requireRegion } from './require-region';
import { type AccessOptions, accessToQueue, QUEUE_ACTIONS, type SqsOperationName } from './sqs/access';
import { sqsAnswer, sqsErrorResponse } from './sqs/errors';
import { type Input, requireText } from './sqs/members';
import { MessageStore } from './sqs/message-store';
import type { MoveTask } from './sqs/move-task';
import { OPERATIONS } from './sqs/operations';
import { Queue, type QueueCount, type QueueDefinition } from './sqs/queue';

export interface SqsOptions {
  readonly accountId: string;
  readonly region: string;
  /** A key of the templates by id, ARN or alias. */
  readonly keyOf: (id: string) => Key | undefined;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Whether time passes by itself; otherwise no call waits for messages. */
  readonly timePasses: boolean;
  /** Where messages are kept. @default - in memory */
  readonly directory?: string;
  /** What SQS counts, for its metrics. @default - nobody */
  readonly onCount?: (queue: Queue, what: QueueCount, count: number) => void;
}

/** What an operation of the wire works with. */
export interface SqsCall {
  readonly name: SqsOperationName;
  readonly input: Input;
  readonly request: WireRequest;
  readonly queues: ReadonlyMap<string, Queue>;
  /** Throws ServiceError when there is none. */
  readonly queue: () => Queue;
  readonly tasks: MoveTask[];
  readonly urlOf: (queue: Queue) => string;
  readonly now: () => number;
  readonly timePasses: boolean;
  readonly startedAtMs: number;
}

const FAULTS: Readonly<Record<CommonFault, { readonly code: string; readonly status: number }>> = {
  'access-denied': { code: 'AccessDeniedException', status: 403 },
  throttled: { code: 'RequestThrottled', status: 403 },
  unavailable: { code: 'InternalFailure', status: 500 },
};

/** SQS in its JSON protocol: standard queues, made by templates alone. */
export class SqsService implements Service {
  readonly signingName = 'sqs';
  /** By ARN. */
  private readonly byArn = new Map<string, Queue>();
  private readonly store: MessageStore;
  private readonly tasks: MoveTask[] = [];
  private readonly startedAtMs: number;
  private origin = '';

  /** Throws an error of one sentence when the directory's state cannot be read. */
  constructor(private readonly options: SqsOptions) {
    this.store = new MessageStore(options.directory);
    this.startedAtMs = options.now();
  }

  get queues(): ReadonlyMap<string, Queue> {
    return this.byArn;
  }

  /** Where the endpoint answers, which queue URLs begin with: `http://127.0.0.1:<port>`. Called before the first queue is made. */
  answersAt(origin: string): void {
    this.origin = origin;
  }

  addQueue(definition: QueueDefinition): Queue {
    const { now, timePasses, onCount = () => undefined } = this.options;
    const queue = new Queue(definition, { store: this.store, now, timePasses, queueOf: (arn) => this.byArn.get(arn), onCount });
    this.byArn.set(definition.arn, queue);
    return queue;
  }

  urlOf({ definition }: Queue): string {
    return `${this.origin}/${this.options.accountId}/${definition.name}`;
  }

  /** What one action on a queue asks for, of roles and of services of AWS alike. */
  accessTo(action: string, arn: string, context?: Access['context']): readonly Access[] {
    return accessToQueue(action, arn, this.byArn.get(arn), this.accessOptions, context);
  }

  /** Whether somebody may send to the queue, and use its key; undefined when they may. */
  refusalToSend(
    principal: Principal,
    arn: string,
    context: Access['context'],
    authorize: (principal: Principal, access: Access) => Decision,
  ): string | undefined {
    for (const access of this.accessTo('sqs:SendMessage', arn, context)) {
      const decision = authorize(principal, principal.kind === 'service' ? asService(access) : access);
      if (!decision.allowed) return decision.reason;
    }
    return undefined;
  }

  operation(request: WireRequest): Operation {
    requireRegion(request, this.options.region);
    const name = readTarget(request, 'AmazonSQS');
    if (!isOperation(name)) throw new ServiceError('UnsupportedOperation', `The local emulator does not emulate ${name} of SQS.`);
    const input = readJsonObject(request.body);
    const arn = this.arnAsked(name, input);
    const call: SqsCall = {
      name,
      input,
      request,
      queues: this.byArn,
      queue: () => this.require(arn),
      tasks: this.tasks,
      urlOf: (queue) => this.urlOf(queue),
      now: this.options.now,
      timePasses: this.options.timePasses,
      startedAtMs: this.startedAtMs,
    };
    return {
      name,
      access: [...this.accessTo(QUEUE_ACTIONS[name], arn), ...this.accessToMove(name, input)],
      run: async () => sqsAnswer(await OPERATIONS[name](call)),
    };
  }

  errorResponse(error: ServiceError): WireResponse {
    return sqsErrorResponse(error);
  }

  fault(kind: CommonFault, message: string): ServiceError {
    const { code, status } = FAULTS[kind];
    return new ServiceError(code, message, status);
  }

  stop(): void {
    for (const queue of this.byArn.values()) queue.stop();
    this.store.close();
  }

  /** To move messages is to receive and delete them there, and to send them here: the caller must be allowed all of it. */
  private accessToMove(name: SqsOperationName, { SourceArn: source, DestinationArn: destination }: Input): readonly Access[] {
    if (name !== 'StartMessageMoveTask' || typeof source !== 'string') return [];
    const targets =
      typeof destination === 'string'
        ? [destination]
        : [...this.byArn.values()].flatMap((queue) => (queue.definition.redrive?.deadLetterArn === source ? [queue.arn] : []));
    return [
      ...['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'].flatMap((action) => this.accessTo(action, source)),
      ...targets.flatMap((target) => this.accessTo('sqs:SendMessage', target)),
    ];
  }

  /** The ARN of the queue that is meant, whether it is there or not. */
  private arnAsked(name: SqsOperationName, input: Input): string {
    const { accountId, region } = this.options;
    if (name === 'StartMessageMoveTask' || name === 'ListMessageMoveTasks') return requireText(input, 'SourceArn');
    const queueName = name === 'GetQueueUrl' ? requireText(input, 'QueueName') : requireText(input, 'QueueUrl').replace(/^.*\//, '');
    return `arn:aws:sqs:${region}:${accountId}:${queueName}`;
  }

  private require(arn: string): Queue {
    const queue = this.byArn.get(arn);
    if (queue) return queue;
    throw new ServiceError('QueueDoesNotExist', `The specified queue does not exist: ${arn}.`);
  }

  private get accessOptions(): AccessOptions {
    return this.options;
  }
}

/** A service calls from an account of its own: what a key lets callers of this account do, it does not let a service do. */
function asService(access: Access): Access {
  const { 'kms:CallerAccount': _account, ...context } = access.context ?? {};
  return { ...access, context };
}

function isOperation(name: string): name is SqsOperationName {
  return Object.hasOwn(QUEUE_ACTIONS, name);
}
