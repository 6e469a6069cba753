import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { TestPlatform } from './platform';

/** A call with the record of another, large one, whose own input is in the bucket no more. @returns its id. */
export async function forgottenContent(platform: TestPlatform, largeCall: string): Promise<string> {
  const intent = (await platform.audit())[largeCall]?.INTENT;
  if (intent === undefined) throw new Error(`There is no call ${largeCall}.`);
  const id = `${largeCall.slice(0, 8)}${'e'.repeat(24)}`;
  const Item = { ...intent, pk: { S: `CALL#${id}` }, sk: { S: 'INTENT' } } as PutItemCommand['input']['Item'];
  await platform.dynamodb.send(new PutItemCommand({ TableName: platform.emulator.output('AuditTable'), Item }));
  return id;
}
