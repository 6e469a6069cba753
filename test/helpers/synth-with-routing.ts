import { loadEnvironment } from '../../config/load';
import type { EnvironmentConfig } from '../../config/schema';
import { synthWith } from './synth-with';

/** An assembly of dev whose gateway chooses and retries in another way. Returns its folder, which is the caller's to remove. */
export function synthWithRouting(routing: Partial<EnvironmentConfig['routing']>): string {
  return synthWith({ routing: { ...loadEnvironment('dev').routing, ...routing } });
}
