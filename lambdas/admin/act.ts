import * as z from 'zod';
import type { RegistryTable } from '../core/administration/registry-items';
import { GatewayError } from '../core/errors';

/** What an act is done with. */
export interface ActContext {
  readonly registry: RegistryTable;
  /** ARN of the caller. */
  readonly by: string;
  readonly nowMs: number;
}

export interface ActResult {
  /** What the act was done to, for the audit trail: never a secret. */
  readonly subject: string;
  /** Sent to the caller as JSON. */
  readonly answer: object;
  /** @default 200 */
  readonly status?: 200 | 201;
}

/** A route that changes something. */
export interface Act {
  /** As `keys.create`. */
  readonly name: string;
  readonly method: 'POST' | 'PATCH';
  /** Below `/iam/v1/admin`. */
  readonly path: string;
  /** Checks what was said, before anything is recorded. @throws GatewayError `invalid_request` */
  prepare(said: Readonly<Record<string, unknown>>): PreparedAct;
}

export interface PreparedAct {
  /** What was said, checked. */
  readonly parameters: Readonly<Record<string, unknown>>;
  run(context: ActContext): Promise<ActResult>;
}

interface ActDefinition<S extends z.ZodObject> extends Pick<Act, 'name' | 'method' | 'path'> {
  /** Of the body and the path's parameters together. */
  readonly said: S;
  /** @throws RegistryError for what cannot be done. */
  run(said: z.infer<S>, context: ActContext): Promise<ActResult>;
}

export function defineAct<S extends z.ZodObject>({ name, method, path, said: schema, run }: ActDefinition<S>): Act {
  return {
    name,
    method,
    path,
    prepare(said) {
      const parsed = schema.safeParse(said);
      if (parsed.success) return { parameters: parsed.data, run: (context) => run(parsed.data, context) };
      const [issue] = parsed.error.issues;
      const param = issue?.path.join('.');
      throw new GatewayError('invalid_request', `${name}: ${z.prettifyError(parsed.error)}`, param ? { param } : {});
    },
  };
}
