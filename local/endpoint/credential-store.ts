import { randomBytes } from 'node:crypto';
import type { RolePrincipal } from '../iam/types';

/** Temporary credentials, in the SDK's shape. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** Far above ten workers for each of a platform's functions: reached only by a caller that never revokes. */
const MAX_LIVE_CREDENTIALS = 10_000;
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Who holds which access key. */
export class CredentialStore {
  readonly #issued = new Map<string, { readonly principal: RolePrincipal; readonly credentials: Credentials }>();

  /** Throws when more than 10,000 keys are live. */
  issue(principal: RolePrincipal): Credentials {
    if (this.#issued.size >= MAX_LIVE_CREDENTIALS) {
      throw new Error(
        `${MAX_LIVE_CREDENTIALS} access keys are live; none was issued for ${principal.name}. Revoke the keys of workers that have ended.`,
      );
    }
    const credentials: Credentials = {
      // Temporary keys begin with ASIA, as those of a role's session do.
      accessKeyId: `ASIA${Array.from(randomBytes(16), (byte) => BASE32[byte % BASE32.length]).join('')}`,
      secretAccessKey: randomBytes(30).toString('base64'),
      sessionToken: randomBytes(96).toString('base64'),
    };
    this.#issued.set(credentials.accessKeyId, { principal, credentials });
    return credentials;
  }

  principalOf(accessKeyId: string): RolePrincipal | undefined {
    return this.#issued.get(accessKeyId)?.principal;
  }

  credentialsOf(accessKeyId: string): Credentials | undefined {
    return this.#issued.get(accessKeyId)?.credentials;
  }

  revoke(accessKeyId: string): void {
    this.#issued.delete(accessKeyId);
  }
}
