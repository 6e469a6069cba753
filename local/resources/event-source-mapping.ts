import { createHash } from 'node:crypto';
import type { FailureDestination } from '../event-sources/discarded-batch';
import { OrderedMapping } from '../event-sources/ordered-mapping';
import { S3Destination } from '../event-sources/s3-destination';
import { QueueMapping } from '../event-sources/queue-mapping';
import { readQueueSettings, readSettings } from '../event-sources/settings';
import type { Access, Principal, RolePrincipal } from '../iam/types';
import type { LambdaFunction } from '../lambda/function';
import type { Queue } from '../services/sqs/queue';
import { physicalName, type ResourceContext, type ResourceRegistry, type World } from '../world';
import { noteUnevaluated } from './note-unevaluated';

const TYPE = 'AWS::Lambda::EventSourceMapping';
const COMMON = [
  'BatchSize',
  'Enabled',
  'EventSourceArn',
  'FunctionName',
  'FunctionResponseTypes',
  'MaximumBatchingWindowInSeconds',
  'Tags',
];
const STREAM_PROPERTIES = [
  ...COMMON,
  'BisectBatchOnFunctionError',
  'DestinationConfig',
  'MaximumRecordAgeInSeconds',
  'MaximumRetryAttempts',
  'StartingPosition',
  'TumblingWindowInSeconds',
];
const QUEUE_PROPERTIES = [...COMMON, 'ScalingConfig'];
/** Without these a function would be called with other records than in AWS. */
const REFUSED = ['FilterCriteria', 'StartingPositionTimestamp', 'ProvisionedPollerConfig'];
const QUEUE_ACTIONS = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];

type Properties = Readonly<Record<string, unknown>>;

export const eventSourceMappingResources: ResourceRegistry = {
  [TYPE]: (properties, context) => {
    const { world } = context;
    const refused = REFUSED.find((name) => properties[name] !== undefined);
    if (refused) throw new Error(`it has ${refused}, which is not emulated.`);
    const lambda = functionOf(String(properties.FunctionName), world);
    const sourceArn = String(properties.EventSourceArn);
    const id = mappingId(context);
    const queue = world.sqs.queues.get(sourceArn);
    const mapping = queue
      ? queueMapping(id, lambda, queue, properties, context)
      : streamMapping(id, lambda, sourceArn, properties, context);
    if (properties.Enabled !== false) world.eventSources.add(mapping());
    return {
      ref: id,
      attributes: { Id: id, EventSourceMappingArn: `arn:aws:lambda:${world.region}:${world.accountId}:event-source-mapping:${id}` },
    };
  },
  'AWS::Lambda::EventInvokeConfig': (_properties, context) => {
    const { world, stack, logicalId } = context;
    world.notEvaluated.add(
      `${stack.name}/${logicalId} (AWS::Lambda::EventInvokeConfig): an asynchronous call that fails is not repeated here`,
    );
    return { ref: physicalName(context), attributes: {} };
  },
};

/** Checks everything, and makes the mapping when called. */
function streamMapping(id: string, lambda: LambdaFunction, sourceArn: string, properties: Properties, context: ResourceContext) {
  const { world } = context;
  const source = world.dynamodb.streamOf(sourceArn);
  if (!source) throw new Error(`its source ${sourceArn} is no stream and no queue of the templates; other sources are not emulated.`);
  noteUnevaluated(TYPE, properties, STREAM_PROPERTIES, context);
  const { principal } = lambda.definition;
  const accesses = world.dynamodb.accessToStream(sourceArn, world.accountId);
  requireAll(accesses, principal, world, `its function's role cannot read the stream ${sourceArn}`);
  const settings = readSettings(properties);
  const destination = destinationOf(properties.DestinationConfig, principal, world);
  return () =>
    new OrderedMapping({
      id,
      lambda,
      source,
      settings,
      checkpoints: world.checkpoints,
      destination,
      mayRead: readerOf(() => accesses, principal, world),
      now: world.now,
      onIteratorAge: (ageMs) => world.monitoring.putIteratorAge(lambda.definition.name, ageMs),
      onDiscarded: (discarded) =>
        world.events.emit({ kind: 'discarded', functionName: lambda.definition.name, source: sourceArn, ...discarded }),
    });
}

/** Likewise. The key of an encrypted queue is asked for when messages are received, as in AWS: the mapping is made without it. */
function queueMapping(id: string, lambda: LambdaFunction, queue: Queue, properties: Properties, context: ResourceContext) {
  const { world } = context;
  const ofStreams = STREAM_PROPERTIES.find((property) => !COMMON.includes(property) && properties[property] !== undefined);
  if (ofStreams !== undefined) throw new Error(`it has ${ofStreams}, which is for streams; its source is a queue.`);
  noteUnevaluated(TYPE, properties, QUEUE_PROPERTIES, context);
  const { principal, timeoutMs, name } = lambda.definition;
  const { arn, definition } = queue;
  if (definition.visibilityTimeoutMs < timeoutMs) {
    throw new Error(
      `its queue's VisibilityTimeout is ${definition.visibilityTimeoutMs / 1000} seconds, less than the ${timeoutMs / 1000} of its function's Timeout: Lambda refuses that.`,
    );
  }
  const accesses = () => QUEUE_ACTIONS.flatMap((action) => world.sqs.accessTo(action, arn));
  const onQueue = accesses().filter(({ resource }) => resource === arn);
  requireAll(onQueue, principal, world, `its function's role cannot read the queue ${arn}`);
  const settings = readQueueSettings(properties);
  return () =>
    new QueueMapping({
      id,
      lambda,
      queue,
      region: world.region,
      settings,
      mayRead: readerOf(accesses, principal, world),
      now: world.now,
      timePasses: world.timePasses,
      onFailed: (reason) => world.events.emit({ kind: 'batch-failed', functionName: name, source: arn, reason }),
    });
}

/** A name, an ARN or a part of it; a version or an alias at its end is the function. */
function functionOf(name: string, { functions }: World): LambdaFunction {
  const found = [...functions.values()].find(
    ({ definition }) => name === definition.arn || name === definition.name || name.endsWith(`:function:${definition.name}`),
  );
  if (!found) throw new Error(`its function ${name} is not in the templates.`);
  return found;
}

/** Lambda looks when the mapping is made, and refuses it: a deployment would fail here. */
function requireAll(accesses: readonly Access[], principal: RolePrincipal, { permissions }: World, what: string): void {
  for (const access of accesses) {
    const decision = permissions.authorize(principal, access);
    if (!decision.allowed) throw new Error(`${what}: ${decision.reason}`);
  }
}

/** Asked on each reading, since policies may attach themselves later than the mapping; a denial is told once. */
function readerOf(accesses: () => readonly Access[], principal: RolePrincipal, { permissions, events }: World): () => boolean {
  let isTold = false;
  return () => {
    for (const access of accesses()) {
      const decision = permissions.authorize(principal, access);
      if (decision.allowed) continue;
      const { action, resource } = access;
      if (!isTold) events.emit({ kind: 'denied', principal: principal.name, action, resource, reason: decision.reason });
      isTold = true;
      return false;
    }
    return true;
  };
}

function destinationOf(config: unknown, principal: RolePrincipal, world: World): FailureDestination | undefined {
  const arn = (config as { OnFailure?: { Destination?: string } } | undefined)?.OnFailure?.Destination;
  if (arn === undefined) return undefined;
  const [, bucket] = /^arn:aws[a-z-]*:s3:::(.+)$/.exec(arn) ?? [];
  if (bucket === undefined) throw new Error(`its destination ${arn} is no bucket; only S3 is emulated as a destination.`);
  if (!world.s3.hasBucket(bucket)) throw new Error(`its destination ${arn} is not in the templates.`);
  const { region, permissions, events, s3 } = world;
  // Both are asked of the role when the mapping is made.
  requireAll([...s3.accessAsDestination(bucket)], principal, world, `its function's role cannot write to ${arn}`);
  const onDenied = (denied: Principal, { action, resource }: Access, reason: string): void =>
    events.emit({ kind: 'denied', principal: denied.name, action, resource, reason });
  return new S3Destination(bucket, s3, principal, { region, authorize: permissions.authorize, onDenied });
}

/** The same at every start: it is what checkpoints are kept by. */
function mappingId(context: ResourceContext): string {
  const digest = createHash('sha256').update(physicalName(context)).digest('hex');
  return [digest.slice(0, 8), digest.slice(8, 12), digest.slice(12, 16), digest.slice(16, 20), digest.slice(20, 32)].join('-');
}
