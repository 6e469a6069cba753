import type * as z from 'zod';

/**
 * Something that an agent does to the world, as data: `act` says which effects a decision has, and the runtime performs each once. Its input must
 * follow from the decision and the event alone, so that an attempt after a crash asks for the same.
 */
export interface EffectCall {
  /** As in `Effect`. */
  readonly effect: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** A kind of effect. Called with its input it is one effect to perform. */
export interface Effect<Input extends z.ZodObject = z.ZodObject> {
  (input: z.input<Input>): EffectCall;
  /** `crm-note`: part of the effect's key, and of what replaces its port. */
  readonly effectName: string;
  readonly input: Input;
}

const NAME = /^[a-z][a-z0-9-]{0,62}$/;

/** @throws RangeError for a name that is none. */
export function defineEffect<Input extends z.ZodObject>(effectName: string, input: Input): Effect<Input> {
  if (!NAME.test(effectName)) {
    throw new RangeError(`An effect's name is 1 to 63 lower-case letters, digits or hyphens, starting with a letter; got "${effectName}".`);
  }
  const call = (given: z.input<Input>): EffectCall => ({ effect: effectName, input: input.parse(given) });
  return Object.assign(call, { effectName, input });
}

/** One effect that is to be performed, with what it is known by. */
export interface EffectRequest extends EffectCall {
  /** `<decision id>/<effect>`, and `/<n>` after it from the second of the same name on. The same at every attempt. */
  readonly key: string;
  readonly decisionId: string;
  readonly agent: string;
}

/** Where an effect goes. */
export interface EffectPort {
  /**
   * `by-key`: the destination, asked again under the same key, does nothing more. Such an effect is asked for until it succeeds.
   * `once`: the destination knows no keys. Such an effect is asked for once; when nobody knows what came of it, nobody asks again.
   */
  readonly repeatable: 'by-key' | 'once';
  /** @throws EffectRefusedError when it is certain that nothing was done; any other error leaves it open. */
  perform(request: EffectRequest): Promise<void>;
}

/** By the name of the effect. */
export type EffectPorts = Readonly<Record<string, EffectPort>>;

/** The requests of a decision: each call with its key. */
export function requestsOf(decisionId: string, agent: string, calls: readonly EffectCall[]): readonly EffectRequest[] {
  const seen = new Map<string, number>();
  return calls.map((call) => {
    const count = (seen.get(call.effect) ?? 0) + 1;
    seen.set(call.effect, count);
    const key = `${decisionId}/${call.effect}`;
    return { ...call, decisionId, agent, key: count === 1 ? key : `${key}/${count}` };
  });
}
