import { InvocationError, type RuntimeFailure } from './environment';
import type { LambdaFunction } from './function';

/** What became of a call: the bytes of the function's answer, or its failure. */
export type CallOutcome = { readonly answer: Buffer } | { readonly failure: RuntimeFailure };

/** Calls a function and collects its answer. Rejects only with what is no failure of the function. */
export async function callFunction(lambda: LambdaFunction, event: unknown): Promise<CallOutcome> {
  const chunks: Uint8Array[] = [];
  try {
    await lambda.invoke(event, async (chunk) => void chunks.push(chunk));
    return { answer: Buffer.concat(chunks) };
  } catch (error) {
    if (error instanceof InvocationError) return { failure: error.failure };
    throw error;
  }
}
