import type { EventSink } from '../events';
import type { AlarmDefinition, AlarmState } from './alarm-definition';
import { deliver, type DeliveryContext, type Topic } from './deliver';
import { type MetricDatum, parseEmf } from './emf';
import { evaluateAlarm } from './evaluate-alarm';
import { MetricStore, MINUTE_MS } from './store';

export interface MonitoringOptions extends Omit<DeliveryContext, 'topics'> {
  readonly events: EventSink;
  /** Epoch milliseconds. @default Date.now */
  readonly now?: () => number;
}

/** CloudWatch's part: metrics from the functions' logs, and the alarms of the templates on them. */
export class Monitoring {
  readonly store = new MetricStore();
  /** By ARN. */
  readonly topics = new Map<string, Topic>();
  /** Bodies by name; kept, and shown by nobody here. */
  readonly dashboards = new Map<string, string>();
  private readonly alarms = new Map<string, { readonly definition: AlarmDefinition; state: AlarmState }>();
  private readonly gauges: (() => readonly MetricDatum[])[] = [];
  private readonly now: () => number;
  private timer?: NodeJS.Timeout;

  constructor(private readonly options: MonitoringOptions) {
    this.now = options.now ?? Date.now;
    options.events.listen((event) => {
      if (event.kind !== 'log') return;
      // By the time of arrival, which is that of the record but for milliseconds, so that a test's clock moves both.
      for (const datum of parseEmf(event.line)) this.store.put(datum, this.now());
    });
  }

  addAlarm(definition: AlarmDefinition): void {
    this.alarms.set(definition.name, { definition, state: 'INSUFFICIENT_DATA' });
  }

  /** Every alarm with its present state. */
  get alarmStates(): readonly { readonly definition: AlarmDefinition; readonly state: AlarmState }[] {
    return [...this.alarms.values()];
  }

  /** What Lambda publishes of one invocation. None is ever throttled here: further ones wait. */
  countInvocation(functionName: string, failed: boolean): void {
    this.putCounts('AWS/Lambda', { FunctionName: functionName }, { Invocations: 1, Errors: Number(failed), Throttles: 0 });
  }

  /** What a service of AWS counts, by the metrics' names. */
  putCounts(namespace: string, dimensions: Readonly<Record<string, string>>, counts: Readonly<Record<string, number>>): void {
    for (const [name, value] of Object.entries(counts)) {
      this.store.put({ namespace, name, unit: 'Count', dimensions, values: [value] }, this.now());
    }
  }

  /** Has something measured whenever alarms are evaluated, as AWS measures queues every minute. */
  addGauges(read: () => readonly MetricDatum[]): void {
    this.gauges.push(read);
  }

  /** What Lambda publishes of a function that reads a stream: how old the newest record of a batch is when the function is called. */
  putIteratorAge(functionName: string, ageMs: number): void {
    const dimensions = { FunctionName: functionName };
    this.store.put({ namespace: 'AWS/Lambda', name: 'IteratorAge', unit: 'Milliseconds', dimensions, values: [ageMs] }, this.now());
  }

  /** Evaluates every alarm once, and acts on those whose state changes. */
  evaluate(): void {
    for (const read of this.gauges) for (const datum of read()) this.store.put(datum, this.now());
    for (const alarm of this.alarms.values()) {
      const { definition, state: from } = alarm;
      const { state: to, reason } = evaluateAlarm(definition, this.store, this.now(), from);
      if (to === from) continue;
      alarm.state = to;
      const { name, description } = definition;
      const deliveries = definition.actions[to].map((target) => deliver(target, definition, { ...this.options, topics: this.topics }));
      this.options.events.emit({ kind: 'alarm', name, description, from, to, reason, deliveries });
    }
  }

  /** Evaluates every minute from now on, as CloudWatch does, without keeping the process. */
  watch(): void {
    this.timer ??= setInterval(() => this.evaluate(), MINUTE_MS).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
