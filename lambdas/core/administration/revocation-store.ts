import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { BEARER_PREFIX, BEARER_SORT, fromRevocationItem, type Revocation, toRevocationItem } from '../identity/revocations';
import { InvalidInputError, quoted } from './registry-input';
import { type RegistryTable, scanItems } from './registry-items';

/** Which tokens of issuers no longer count, in the registry table. Actions needed: dynamodb:PutItem, Scan. */

/** @throws InvalidInputError unless it can be what a token names its bearer. */
export function checkSubject(subject: string): void {
  if (/^[\x21-\x7e]{1,256}$/.test(subject)) return;
  throw new InvalidInputError(`The subject is ${quoted(subject)}; it must be 1 to 256 characters without spaces, as tokens say it.`);
}

/** Revokes what an issuer has given a bearer until now: the gateway refuses it within 30 seconds. @throws InvalidInputError */
export async function revokeTokens({ client, table, ...record }: RegistryTable & Revocation): Promise<Revocation> {
  checkSubject(record.subject);
  await client.send(new PutItemCommand({ TableName: table, Item: toRevocationItem(record) }));
  return record;
}

/** All revocations, the latest first. */
export async function listRevocations(registry: RegistryTable): Promise<readonly Revocation[]> {
  const items = await scanItems(registry, BEARER_PREFIX, BEARER_SORT);
  return items.map(fromRevocationItem).toSorted((a, b) => b.revokedAt - a.revokedAt);
}
