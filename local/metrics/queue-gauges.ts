import type { Queue } from '../services/sqs/queue';
import type { MetricDatum } from './emf';

/** What SQS measures of a queue every minute. */
export function gaugesOf({ definition, sizes }: Queue): readonly MetricDatum[] {
  const dimensions = { QueueName: definition.name };
  const datum = (name: string, unit: string, value: number): MetricDatum => ({
    namespace: 'AWS/SQS',
    name,
    unit,
    dimensions,
    values: [value],
  });
  return [
    datum('ApproximateNumberOfMessagesVisible', 'Count', sizes.visible),
    datum('ApproximateNumberOfMessagesNotVisible', 'Count', sizes.inFlight),
    datum('ApproximateNumberOfMessagesDelayed', 'Count', sizes.delayed),
    datum('ApproximateAgeOfOldestMessage', 'Seconds', Math.floor(sizes.oldestAgeMs / 1000)),
  ];
}
