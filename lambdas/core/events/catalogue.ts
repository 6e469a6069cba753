import type { EventContract } from './define-event';

/** The contracts of the platform's own events, which the package publishes as JSON Schema in `dist/events/`. Every agent adds its own. */
export const eventCatalogue: readonly EventContract[] = [];
