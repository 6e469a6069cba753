import type { AlarmState } from './metrics/alarm-definition';
import type { Delivery } from './metrics/deliver';

/** What happens in the emulator that somebody may want to see. */
export type EmulatorEvent =
  | { readonly kind: 'denied'; readonly principal: string; readonly action: string; readonly resource: string; readonly reason: string }
  | { readonly kind: 'log'; readonly functionName: string; readonly line: string }
  | {
      readonly kind: 'access';
      readonly method: string;
      readonly path: string;
      readonly status: number;
      readonly ms: number;
      readonly answeredBy: 'function' | 'api';
    }
  | {
      readonly kind: 'model';
      readonly modelId: string;
      readonly modelMs: number;
      readonly inputTokens: number;
      readonly outputTokens: number;
    }
  | { readonly kind: 'crash'; readonly functionName: string; readonly reason: string }
  | {
      /** Records of a stream that a function could not take, and that were given up. */
      readonly kind: 'discarded';
      readonly functionName: string;
      /** ARN of the stream. */
      readonly source: string;
      readonly count: number;
      readonly condition: string;
      readonly reason: string;
      /** Why no destination has them. */
      readonly lost?: string;
    }
  | {
      /** Messages of a queue that a function could not take: they are received again when their visibility timeout ends. */
      readonly kind: 'batch-failed';
      readonly functionName: string;
      /** ARN of the queue. */
      readonly source: string;
      readonly reason: string;
    }
  | {
      /** Something that EventBridge or Scheduler could not deliver. */
      readonly kind: 'undelivered';
      /** ARN of the rule or schedule; the source of an event for a bus that is not there. */
      readonly from: string;
      /** ARN. */
      readonly target: string;
      readonly code: string;
      readonly reason: string;
      /** The queue that has it instead. */
      readonly deadLetterArn?: string;
      /** Why no queue has it. */
      readonly lost?: string;
    }
  | {
      readonly kind: 'alarm';
      readonly name: string;
      readonly description: string;
      readonly from: AlarmState;
      readonly to: AlarmState;
      readonly reason: string;
      readonly deliveries: readonly Delivery[];
    };

export type EventListener = (event: EmulatorEvent) => void;

/** Hands each event to every listener, in order. */
export class EventSink {
  private readonly listeners = new Set<EventListener>();

  listen(listener: EventListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  emit(event: EmulatorEvent): void {
    for (const listener of this.listeners) listener(event);
  }
}
