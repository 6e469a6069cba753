import * as fs from 'node:fs';
import * as path from 'node:path';
import { ListTablesCommand, paginateScan } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import type { TestPlatform } from './platform';

/**
 * Everything that the emulator has stored anywhere, as texts by the place: tables, buckets, logs, metrics, and the files behind them.
 *
 * @param stateFolder Of the emulator.
 */
export async function everythingStored(platform: TestPlatform, stateFolder: string): Promise<Map<string, string>> {
  const { world, administrator: credentials } = platform.emulator;
  const s3 = new S3Client({ endpoint: world.endpoint.url, region: world.region, credentials, forcePathStyle: true });
  const stored = new Map<string, string>();
  const { TableNames = [] } = await platform.dynamodb.send(new ListTablesCommand({}));
  for (const table of TableNames) {
    const items: unknown[] = [];
    for await (const page of paginateScan({ client: platform.dynamodb }, { TableName: table })) items.push(...(page.Items ?? []));
    stored.set(`table ${table}`, JSON.stringify(items));
  }
  for (const Bucket of world.s3.bucketNames) {
    for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket })) {
      for (const { Key = '' } of page.Contents ?? []) {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
        stored.set(`bucket ${Bucket} ${Key}`, (await Body?.transformToString()) ?? '');
      }
    }
  }
  s3.destroy();
  stored.set('logs and events', JSON.stringify(platform.events));
  stored.set('metrics', JSON.stringify(world.monitoring.store.list()));
  for (const file of fs.readdirSync(stateFolder, { recursive: true, encoding: 'utf8' })) {
    const full = path.join(stateFolder, file);
    if (fs.statSync(full).isFile()) stored.set(`file ${file}`, fs.readFileSync(full).toString('latin1'));
  }
  return stored;
}
