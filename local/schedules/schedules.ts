import { randomUUID } from 'node:crypto';
import type { Access, Decision, Principal } from '../iam/types';
import type { EventSink } from '../events';
import { callFunction } from '../lambda/call-function';
import type { LambdaFunction } from '../lambda/function';
import { type BusEvent, secondsText } from '../services/events/bus';
import type { Due } from './due';

const MINUTE_MS = 60_000;

/** A function, whose answer is waited for; or something else that takes what EventBridge delivers. */
export type ScheduleTarget =
  | {
      readonly lambda: LambdaFunction;
      /** In the place of the scheduled event. @default - the scheduled event */
      readonly input?: unknown;
    }
  | { readonly arn: string; readonly deliver: (event: BusEvent) => { readonly message: string } | undefined };

export interface Schedule {
  /** Of the rule. */
  readonly name: string;
  readonly arn: string;
  /** Undefined: fired by hand alone. */
  readonly due?: Due;
  readonly targets: readonly ScheduleTarget[];
}

export interface SchedulesOptions {
  readonly accountId: string;
  readonly region: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly authorize: (principal: Principal, access: Access) => Decision;
  readonly events: EventSink;
}

/** What became of one target of a schedule that fired. */
export interface Fired {
  /** Of the function, or the ARN of another target. */
  readonly functionName: string;
  /** The function's answer as text. */
  readonly answer?: string;
  /** Why it was not called, or how it failed. */
  readonly failure?: string;
}

/** EventBridge's rules on a schedule: each calls its functions when it is due. */
export class Schedules {
  private readonly schedules = new Map<string, Schedule>();
  private readonly underWay = new Set<Promise<unknown>>();
  private timer?: NodeJS.Timeout;
  private lookedUntilMs: number;

  constructor(private readonly options: SchedulesOptions) {
    this.lookedUntilMs = options.now();
  }

  get names(): readonly string[] {
    return [...this.schedules.keys()];
  }

  add(schedule: Schedule): void {
    this.schedules.set(schedule.name, schedule);
  }

  /**
   * Fires one schedule now, due or not, and resolves when its functions have answered: the handle that tests have.
   *
   * @param name the rule's name, or a part of it that no other has
   * @throws Error when no rule or several have it
   */
  fire(name: string): Promise<readonly Fired[]> {
    const found = [...this.schedules.values()].filter((schedule) => schedule.name === name || schedule.name.includes(name));
    const exact = found.find((schedule) => schedule.name === name) ?? (found.length === 1 ? found[0] : undefined);
    if (!exact) throw new Error(`${found.length} schedules have '${name}' in their names; there are: ${this.names.join(', ') || 'none'}.`);
    return this.run(exact, this.options.now());
  }

  /** Fires what has become due since the last look, each schedule once, however often it was missed. Resolves when the functions have answered. */
  async runDue(): Promise<void> {
    const afterMs = this.lookedUntilMs;
    const untilMs = this.options.now();
    if (untilMs <= afterMs) return;
    this.lookedUntilMs = untilMs;
    await Promise.all(
      [...this.schedules.values()].map(async (schedule) => {
        const atMs = schedule.due?.last(afterMs, untilMs);
        if (atMs !== undefined) await this.run(schedule, atMs);
      }),
    );
  }

  /** Looks every minute from now on, without keeping the process. */
  watch(): void {
    this.timer ??= setInterval(() => void this.runDue(), MINUTE_MS).unref();
  }

  /** Fires nothing more. Resolves when nothing is under way: functions must be stopped meanwhile. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.schedules.clear();
    await Promise.allSettled(this.underWay);
  }

  private async run(schedule: Schedule, atMs: number): Promise<readonly Fired[]> {
    const running = Promise.all(schedule.targets.map((target) => this.call(schedule, target, atMs)));
    this.underWay.add(running);
    try {
      return await running;
    } finally {
      this.underWay.delete(running);
    }
  }

  private async call({ arn }: Schedule, target: ScheduleTarget, atMs: number): Promise<Fired> {
    const { accountId, region, authorize, events } = this.options;
    if ('deliver' in target) {
      const failure = target.deliver(scheduledEvent({ arn, accountId, region, atMs }));
      return { functionName: target.arn, ...(failure && { failure: failure.message }) };
    }
    const { lambda, input } = target;
    const functionName = lambda.definition.name;
    const principal = { kind: 'service', name: 'events.amazonaws.com', accountId } as const;
    const access = {
      action: 'lambda:InvokeFunction',
      resource: lambda.arn,
      resourcePolicy: lambda.resourcePolicy,
      context: { 'aws:SourceArn': arn, 'aws:SourceAccount': accountId },
    };
    const decision = authorize(principal, access);
    if (!decision.allowed) {
      events.emit({ kind: 'denied', principal: principal.name, action: access.action, resource: access.resource, reason: decision.reason });
      return { functionName, failure: decision.reason };
    }
    const outcome = await callFunction(lambda, input ?? scheduledEvent({ arn, accountId, region, atMs })).catch((error: Error) => ({
      failure: { errorType: error.name, errorMessage: error.message },
    }));
    if ('answer' in outcome) return { functionName, answer: outcome.answer.toString('utf8') };
    const reason = `${outcome.failure.errorType}: ${outcome.failure.errorMessage}`;
    events.emit({ kind: 'crash', functionName, reason: `called by the schedule ${arn}: ${reason}` });
    return { functionName, failure: reason };
  }
}

function scheduledEvent({ arn, accountId, region, atMs }: { arn: string; accountId: string; region: string; atMs: number }): BusEvent {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: accountId,
    time: secondsText(atMs),
    region,
    resources: [arn],
    detail: {},
  };
}
