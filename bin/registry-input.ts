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

/** @throws InvalidInputError unless it can be the name of a key or role. */
export function checkName(name: string): void {
  if (/^[\p{L}\p{N}]([\p{L}\p{N} ._@:/-]{0,61}[\p{L}\p{N}._@:/-])?$/u.test(name)) return;
  const allowed = '1 to 63 letters, digits, spaces or ._@:/-, starting with a letter or digit and not ending with a space';
  throw new InvalidInputError(`The name is ${quoted(name)}; it must be ${allowed}.`);
}

/** A text as a message may show it. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text);
}
