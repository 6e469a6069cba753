import * as z from 'zod';
import { sha256Hex } from '../canonical-json';

/** How much an agent may do on its own; raised as trust grows. */
export const autonomies = ['shadow', 'suggest', 'act'] as const;
export type Autonomy = (typeof autonomies)[number];

/** What becomes of a decision: nothing but its record, a person's review, or its effects. */
export type Course = 'record' | 'review' | 'act';

/** What bounds an agent's own hand. */
export interface Trust {
  readonly autonomy: Autonomy;
  /** From 0 to 1: decisions that are less sure go to a person. */
  readonly confidenceThreshold: number;
}

/** `shadow` records only, `suggest` asks a person about everything, `act` about what is less sure than the threshold. */
export function courseOf(confidence: number, { autonomy, confidenceThreshold }: Trust): Course {
  if (autonomy === 'shadow') return 'record';
  if (autonomy === 'suggest') return 'review';
  return confidence >= confidenceThreshold ? 'act' : 'review';
}

/** A decision as it is kept, written before anything follows from it and never changed: an attempt after a crash finds it and decides nothing anew. */
export const decisionRecord = z.object({
  id: z.string(),
  agent: z.string(),
  eventId: z.string(),
  eventName: z.string(),
  eventVersion: z.number(),
  /** Epoch milliseconds. */
  eventTimeMs: z.number(),
  /** SHA-256 of the event's data as canonical JSON: an id that comes again with another body is a conflict. */
  inputHash: z.string(),
  /** The event's data: what was decided by. */
  input: z.unknown(),
  prediction: z.record(z.string(), z.unknown()),
  confidence: z.number(),
  promptId: z.string(),
  promptVersion: z.number(),
  /** SHA-256, in hex, of the version's content, as it was served. Absent from decisions of agents that carried their prompts themselves. */
  promptHash: z.string().optional(),
  /** The model that answered. */
  model: z.string(),
  /** Of the gateway, to which the agent's role is mapped. */
  tenant: z.string().optional(),
  /** Of the call: `GET /v1/calls/{id}` tells why. */
  callId: z.string(),
  autonomy: z.enum(autonomies),
  confidenceThreshold: z.number(),
  course: z.enum(['record', 'review', 'act']),
  /** Epoch milliseconds. */
  decidedAtMs: z.number(),
});

export type DecisionRecord = Readonly<z.infer<typeof decisionRecord>>;

const ID_LENGTH = 32;

/** The one decision of an agent on an event: 32 hex characters, the same at every delivery. */
export function decisionIdOf(agent: string, eventId: string): string {
  return sha256Hex(JSON.stringify([agent, eventId])).slice(0, ID_LENGTH);
}
