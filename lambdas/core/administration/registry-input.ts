/** What was asked cannot be done with what the registry holds. */
export class RegistryError extends Error {
  override readonly name: string = 'RegistryError';
}

/** A tenant, name, secret, key id or role that nothing in the registry can have. */
export class InvalidInputError extends RegistryError {
  override readonly name = 'InvalidInputError';
}

/** @throws InvalidInputError unless it can be a tenant. */
export function checkTenant(tenant: string): void {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(tenant)) return;
  const allowed = '1 to 63 letters, digits, dots, underscores or hyphens, starting with a letter or digit';
  throw new InvalidInputError(`The tenant is ${quoted(tenant)}; it must be ${allowed}.`);
}

/** @throws InvalidInputError unless it can be a team. */
export function checkTeam(team: string): void {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(team)) return;
  const allowed = '1 to 63 letters, digits, dots, underscores or hyphens, starting with a letter or digit';
  throw new InvalidInputError(`The team is ${quoted(team)}; it must be ${allowed}.`);
}

/** A team as the command line names it: its tenant, `/`, and its own id. @throws InvalidInputError unless it can be one. */
export function parseTeam(text: string): { readonly tenant: string; readonly team: string } {
  const [tenant = '', team, ...more] = text.split('/');
  if (team === undefined || more.length > 0) {
    throw new InvalidInputError(`${quoted(text)} is no team; one looks like acme/search, its tenant before it.`);
  }
  checkTenant(tenant);
  checkTeam(team);
  return { tenant, team };
}

/** @param of What has the name. @throws InvalidInputError unless it can be the name of a key, role, tenant or team, or who answers for one. */
export function checkName(name: string, of = 'name'): void {
  if (/^[\p{L}\p{N}]([\p{L}\p{N} ._@:/-]{0,61}[\p{L}\p{N}._@:/-])?$/u.test(name)) return;
  const allowed = '1 to 63 letters, digits, spaces or ._@:/-, starting with a letter or digit and not ending with a space';
  throw new InvalidInputError(`The ${of} is ${quoted(name)}; it must be ${allowed}.`);
}

/** A text as a message may show it. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text);
}
