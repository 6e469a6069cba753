import type { World } from './world';

export interface CrashPoint {
  /** Part of the function's name. */
  readonly functionName: string;
  /** Which of its calls to AWS, counted from 1: `before` in the order in which they come, `after` in the order in which they have run. */
  readonly call: number;
  /** `before`: the service has not run the call. `after`: it has, and its answer is on the way. */
  readonly phase: 'before' | 'after';
}

export interface PlannedCrash {
  /** The calls to AWS so far, `service.Operation`, the one at which the function was killed last. */
  readonly calls: readonly string[];
  readonly happened: () => boolean;
  /** Takes the plan back; what has happened stays. */
  readonly cancel: () => void;
}

/** Kills a function's environment at one of its calls to AWS, once: what a crash at that point would leave. Bundles need no test code for it. */
export function planCrash(world: World, { functionName, call, phase }: CrashPoint): PlannedCrash {
  const lambda = [...world.functions.values()].find(({ definition }) => definition.name.includes(functionName));
  if (!lambda) throw new Error(`No function has '${functionName}' in its name.`);
  const calls: string[] = [];
  let run = 0;
  let happened = false;
  const cancel = world.endpoint.intercept(async (seen) => {
    if (happened || seen.principal.name !== lambda.definition.name) return undefined;
    if (seen.phase === 'before') calls.push(`${seen.service}.${seen.operation}`);
    else run += 1;
    if (seen.phase !== phase || (phase === 'before' ? calls.length : run) !== call) return undefined;
    happened = true;
    await lambda.kill(seen.accessKeyId, `killed ${phase} its call ${call}, ${seen.service}.${seen.operation}`);
    return 'drop';
  });
  return { calls, happened: () => happened, cancel };
}
