import { authorize } from './evaluate';
import type { Access, Decision, Principal } from './types';

/** One permission that was needed and granted. */
export interface Use {
  readonly roleArn: string;
  readonly action: string;
  readonly resource: string;
}

/** Decides, and remembers which permissions of which role were put to use: what a role holds and never uses can be taken from it. */
export class PermissionUse {
  private readonly seen = new Map<string, Use>();

  readonly authorize = (principal: Principal, access: Access): Decision => {
    const decision = authorize(principal, access);
    if (decision.allowed && principal.kind === 'role') {
      const { action, resource } = access;
      // Bounded by what the templates grant: a use is remembered once.
      this.note({ roleArn: principal.roleArn, action, resource });
    }
    return decision;
  };

  /** A use that somebody else has decided on. Resources must be bounded here too. */
  note(use: Use): void {
    this.seen.set(`${use.roleArn} ${use.action} ${use.resource}`, use);
  }

  get uses(): Use[] {
    return [...this.seen.values()];
  }
}
