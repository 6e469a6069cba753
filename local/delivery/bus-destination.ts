import type { Access, Decision, Principal } from '../iam/types';
import type { EventBridgeService } from '../services/events';
import { readEntry } from '../services/events/put-events';
import type { Destination } from './destination';

/** A bus as a target: what is delivered becomes the detail of an event, put by the sender. */
export function busDestination(
  arn: string,
  { DetailType, Source }: { readonly DetailType: string; readonly Source: string },
  eventBridge: EventBridgeService,
  authorize: (principal: Principal, access: Access) => Decision,
): Destination {
  return {
    arn,
    deliver(payload, { principal, context }) {
      const input = { EventBusName: arn, DetailType, Source, Detail: payload };
      for (const access of eventBridge.accessToPut([input])) {
        const decision = authorize(principal, { ...access, context: { ...access.context, ...context } });
        if (!decision.allowed) return { code: 'NO_PERMISSIONS', message: decision.reason };
      }
      const entry = readEntry(input);
      if ('ErrorCode' in entry) return { code: 'INVALID_JSON', message: entry.ErrorMessage };
      eventBridge.put(entry);
      return undefined;
    },
  };
}
