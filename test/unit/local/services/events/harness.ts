import { ACCOUNT, REGION } from '../../small-assembly';
import { arnOf, queue, type SmallWorld, type SmallWorldOptions } from '../../small-world';

type Resources = SmallWorldOptions['resources'];

export const BUS_ARN = `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/orders`;
/** Code of a function that only lends its role to a test. */
export const putter = { code: 'exports.handler = async () => {};' };
export const allow = (Action: string | string[], Resource: unknown) => ({ Effect: 'Allow', Action, Resource });

export function bus(): Resources {
  return { Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'orders' } } };
}

/** A policy that lets EventBridge send. */
export function lets(name: string, condition?: object): Resources[string] {
  return {
    Type: 'AWS::SQS::QueuePolicy',
    Properties: {
      Queues: [{ Ref: name }],
      PolicyDocument: {
        Statement: {
          Effect: 'Allow',
          Principal: { Service: 'events.amazonaws.com' },
          Action: 'sqs:SendMessage',
          Resource: '*',
          ...(condition && { Condition: condition }),
        },
      },
    },
  };
}

/** The queue of the rules here, which lets EventBridge in. */
export function jobs(properties: object = {}): Resources {
  return { Jobs: queue('jobs', properties), JobsPolicy: lets('Jobs') };
}

export interface RuleOptions {
  /** @default 'Rule' */
  readonly id?: string;
  /** @default 'orders' */
  readonly bus?: string;
  /** @default 'ENABLED' */
  readonly state?: string;
  /** Members of the target beside its id and ARN, or another ARN. */
  readonly target?: object;
}

export function rule(pattern: object, { id = 'Rule', bus: name = 'orders', state = 'ENABLED', target = {} }: RuleOptions = {}): Resources {
  return {
    [id]: {
      Type: 'AWS::Events::Rule',
      DependsOn: ['Bus', 'Jobs'],
      Properties: {
        EventBusName: name,
        EventPattern: pattern,
        State: state,
        Targets: [{ Id: 'jobs', Arn: arnOf('jobs'), ...target }],
      },
    },
  };
}

/** Events in the queue, parsed. */
export function deliveries(world: SmallWorld): Record<string, unknown>[] {
  return world.bodies('jobs').map((body) => JSON.parse(body) as Record<string, unknown>);
}

export const detailOf = ({ detail }: Record<string, unknown>): unknown => detail;
