import * as z from 'zod';
import { gatewayEnv } from './env';

/** The environment variables of the gateway as a server: the function's, and where and how to serve. */
export const serverEnv = gatewayEnv.extend({
  /** As the function's; nobody has to say that there is none. */
  GUARDRAIL_ID: gatewayEnv.shape.GUARDRAIL_ID.default('none'),
  GUARDRAIL_VERSION: gatewayEnv.shape.GUARDRAIL_VERSION.default('none'),
  /** The directory that holds `platform.json`. */
  PLATFORM_DIRECTORY: z.string().min(1),
  /** The address to listen on: `0.0.0.0` in a container. */
  HOST: z.string().min(1),
  /** 0 takes a free port. */
  PORT: z.coerce.number().int().min(0).max(65_535),
  /** How long calls under way may go on after SIGTERM, in milliseconds; what is left then is cancelled, and charged. */
  SHUTDOWN_GRACE_MS: z.coerce.number().int().positive().max(2_147_483_647),
});
