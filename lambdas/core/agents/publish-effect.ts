import type * as z from 'zod';
import type { Publisher } from '../events';
import type { EffectPort } from './effect';
import { effectRequested } from './events';

/** Where effects go unless a port of their own takes them: to the bus. Whoever does them knows them again by the event's id. */
export function createPublishingPort(publisher: Publisher): EffectPort {
  return {
    repeatable: 'by-key',
    async perform({ key, agent, effect, decisionId, input }) {
      const data = { agent, effect, decision_id: decisionId, input: input as Record<string, z.core.util.JSONType> };
      await publisher.publish(effectRequested, data, { id: eventIdOf(key) });
    },
  };
}

/** Ids of events have no slashes. */
function eventIdOf(key: string): string {
  return key.replaceAll('/', ':');
}
