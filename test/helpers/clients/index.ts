import { aiSdkClient } from './ai-sdk';
import type { MatrixClient } from './client';
import { openaiClient } from './openai';

/** Clients that nobody here wrote, by the name of their package. */
export const matrixClients: readonly (readonly [packageName: string, client: MatrixClient])[] = [
  ['openai', openaiClient],
  ['ai', aiSdkClient],
];
