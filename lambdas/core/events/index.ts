/** For whoever publishes events, or reads them. */
export { type DataOf, defineEvent, type EventContract, type EventDefinition, type EventDetail } from './define-event';
export { InvalidEventError, type InvalidEventReason } from './invalid-event-error';
export { createPublisher, type NewEvent, type Publisher, type PublisherOptions, type PutEventsClient } from './publish';
export { type FailedEvent, PublishError } from './publish-error';
export { createQuarantine, type Quarantine, type QuarantineOptions, type SendMessageClient } from './quarantine';
export { type ReceivedEvent, readEvent } from './read-event';
