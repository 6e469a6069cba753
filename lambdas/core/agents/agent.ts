import * as z from 'zod';
import type { EventContract } from '../events';
import { slug } from '../prompts/slug';
import type { Effect, EffectCall } from './effect';

/** What an agent is told. */
export interface AgentEvent<Data> {
  /** The producer's id of the event: the same at every delivery. */
  readonly id: string;
  /** When it happened, epoch milliseconds. */
  readonly timeMs: number;
  readonly data: Data;
}

/** Every output begins with its reasoning, so that the model thinks before it decides, and ends with how sure it is. */
export const decisionShape = {
  reasoning: z
    .string()
    .min(1)
    .max(4_000)
    .describe('Step by step, what in the event speaks for and against each answer. Written before the answer.'),
} as const;
export const confidence = z.number().min(0).max(1).describe('How likely the answer is right, from 0 to 1.');

export interface AgentOutput {
  readonly reasoning: string;
  readonly confidence: number;
}

/** What `act` decides by. */
export interface Decision<Output> {
  readonly id: string;
  readonly output: Output;
  /** Who approved it, where a person did. Their word takes the place of the model's confidence. */
  readonly approvedBy: string | undefined;
}

export interface AgentDefinition<S extends z.ZodObject, Output extends AgentOutput> {
  /** `churn`: names its queue, its decisions and its metrics. */
  readonly name: string;
  readonly event: EventContract<S>;
  /**
   * Id of a prompt in the gateway's registry. What its label `production` gives decides texts, model, limits and the schema that the gateway holds
   * answers to, so that all of these change, and are rolled back, with no new deployment of the agent.
   */
  readonly prompt: string;
  /** What an answer must be for `act` to be asked: what the prompt's own output schema says, at least. */
  readonly output: z.ZodType<Output>;
  /** The prompt's variables, of an event. They are put into it as data. */
  variables(event: AgentEvent<z.output<S>>): Readonly<Record<string, unknown>>;
  /** Every effect that `act` may ask for; any other is refused. */
  readonly effects: readonly Effect[];
  /** The effects of a decision. Nothing but its arguments may go into them: it runs again after a crash. */
  act(decision: Decision<Output>, event: AgentEvent<z.output<S>>): readonly EffectCall[];
}

/** As the runtime has it, whatever its event and output are. */
export interface Agent {
  readonly name: string;
  readonly event: EventContract;
  readonly output: z.ZodType<AgentOutput>;
  readonly prompt: string;
  readonly effects: readonly Effect[];
  /** @param event With data that the contract has made. */
  variables(event: AgentEvent<unknown>): Readonly<Record<string, unknown>>;
  /** @param decision With an output that `output` has made; @param event with data that the contract has made. */
  act(decision: Decision<AgentOutput>, event: AgentEvent<unknown>): readonly EffectCall[];
}

const NAME = /^[a-z][a-z0-9-]{0,30}$/;

/**
 * An agent: one kind of event, one question to a model, and what follows from the answer.
 *
 * @throws RangeError for a name or a prompt's id that is none, two effects of one name, or an output that does not begin with its reasoning.
 */
export function defineAgent<S extends z.ZodObject, Output extends AgentOutput>(definition: AgentDefinition<S, Output>): Agent {
  const { name, effects, output, prompt } = definition;
  if (!NAME.test(name)) {
    throw new RangeError(`An agent's name is 1 to 31 lower-case letters, digits or hyphens, starting with a letter; got "${name}".`);
  }
  if (!slug.safeParse(prompt).success) {
    throw new RangeError(
      `Agent ${name} has the prompt ${JSON.stringify(prompt)}; it must be the id of one in the registry: 1 to 63 lower-case letters, digits and "-", not beginning with "-".`,
    );
  }
  const names = effects.map(({ effectName }) => effectName);
  const twice = names.find((effect, index) => names.indexOf(effect) !== index);
  if (twice !== undefined)
    throw new RangeError(`Agent ${name} has two effects of the name "${twice}"; one effect may be used more than once.`);
  const [first] = Object.keys((z.toJSONSchema(output, { io: 'input' }) as { readonly properties?: object }).properties ?? {});
  if (first !== 'reasoning') {
    throw new RangeError(
      `The output of agent ${name} begins with "${String(first)}"; it must be an object whose first member is reasoning, since a model answers in that order.`,
    );
  }
  // What the runtime passes on has been made by the agent's own schemas.
  return { ...(definition as unknown as Agent) };
}

/** What an agent's `act` takes, as a JSON schema: for a prompt's `output`, and for what a person answers in its place. */
export function outputSchemaOf({ output }: Pick<Agent, 'output'>): Readonly<Record<string, unknown>> {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(output);
  return schema;
}
