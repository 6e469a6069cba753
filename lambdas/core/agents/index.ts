/** For whoever writes an agent. */
export {
  type Agent,
  type AgentDefinition,
  type AgentEvent,
  type AgentOutput,
  confidence,
  type Decision,
  decisionShape,
  defineAgent,
} from './agent';
export { defineEffect, type Effect, type EffectCall, type EffectPort, type EffectPorts, type EffectRequest } from './effect';
export { EffectRefusedError } from './errors';
export { effectRequested, reviewResolved } from './events';
export { serveAgent, type ServeOptions } from './serve-agent';
export { type DataOf, defineEvent, type EventContract, type EventDefinition } from '../events';
