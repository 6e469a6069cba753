import { DeleteItemCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { Emulator, type EmulatorOptions } from '../../../../local/emulator';
import { type EmulatorEvent, EventSink } from '../../../../local/events';
import { functionWith, LOGS, SmallAssembly } from '../small-assembly';

/** Says which items it got, and fails on those that are poison: the whole batch, or by the item where it is to report them. */
const CODE = `
exports.handler = async (event) => {
  const records = event.Records;
  console.log(JSON.stringify({ got: records.map((record) => record.dynamodb.Keys.pk.S) }));
  const poisoned = records.filter((record) => record.dynamodb.NewImage?.poison);
  if (process.env.MODE === 'garbage') return 'no partial response';
  if (process.env.MODE === 'unknown') return { batchItemFailures: [{ itemIdentifier: '1' }] };
  if (process.env.MODE === 'partial') return { batchItemFailures: poisoned.map((record) => ({ itemIdentifier: record.dynamodb.SequenceNumber })) };
  if (poisoned.length > 0) throw new TypeError('poison');
};`;

const STREAM = { 'Fn::GetAtt': ['Table', 'StreamArn'] };
export const READ_STREAM = {
  Effect: 'Allow',
  Action: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:ListStreams'],
  Resource: STREAM,
};
const BUCKET = { 'Fn::GetAtt': ['Failures', 'Arn'] };
export const LIST_BUCKET = { Effect: 'Allow', Action: 's3:ListBucket', Resource: BUCKET };
export const PUT_OBJECT = { Effect: 'Allow', Action: 's3:PutObject', Resource: { 'Fn::Join': ['', [BUCKET, '/*']] } };
export const DESTINATION = { DestinationConfig: { OnFailure: { Destination: BUCKET } } };

export interface Setup {
  /** Properties of the mapping besides the usual. */
  readonly mapping?: object;
  readonly mode?: 'throw' | 'partial' | 'garbage' | 'unknown';
  readonly statements?: readonly object[];
  readonly stateFolder?: string;
  /** More resources, or others in the place of those that are there. */
  readonly resources?: object;
  /** The time passes by itself. */
  readonly realClock?: boolean;
}

/** A table, its stream, a function that reads it and a bucket for what fails, in the real emulator. */
export class StreamWorld {
  static async start(setup: Setup = {}): Promise<StreamWorld> {
    const { mapping = {}, mode = 'throw', statements = [LOGS, READ_STREAM, LIST_BUCKET, PUT_OBJECT], realClock = false } = setup;
    const assembly = new SmallAssembly(
      {
        ...functionWith('reader', 'code', statements, { Environment: { Variables: { MODE: mode } } }),
        Table: {
          Type: 'AWS::DynamoDB::Table',
          Properties: {
            KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
            AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
            StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
          },
        },
        Failures: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'failures' } },
        Mapping: {
          Type: 'AWS::Lambda::EventSourceMapping',
          Properties: { FunctionName: { Ref: 'reader' }, EventSourceArn: STREAM, StartingPosition: 'TRIM_HORIZON', ...mapping },
        },
        ...setup.resources,
      },
      { code: CODE },
    );
    const world = new StreamWorld(assembly);
    const events = new EventSink();
    events.listen((event) => world.events.push(event));
    const options: EmulatorOptions = { assembly: assembly.folder, port: 0, events, stateFolder: setup.stateFolder };
    try {
      world.emulator = await Emulator.start({ ...options, ...(!realClock && { now: () => world.nowMs }) });
    } catch (error) {
      assembly.remove();
      throw error;
    }
    const { endpoint, region } = world.emulator.world;
    const config = { region, endpoint: endpoint.url, credentials: world.emulator.administrator };
    world.dynamodb = new DynamoDBClient(config);
    world.s3 = new S3Client(config);
    return world;
  }

  nowMs = Date.UTC(2026, 5, 1, 12);
  readonly events: EmulatorEvent[] = [];
  emulator!: Emulator;
  dynamodb!: DynamoDBClient;
  s3!: S3Client;

  private constructor(private readonly assembly: SmallAssembly) {}

  async put(pk: string, poison = false): Promise<void> {
    const item = { pk: { S: pk }, at: { N: String(this.events.length) }, ...(poison && { poison: { BOOL: true } }) };
    await this.dynamodb.send(new PutItemCommand({ TableName: 'Small-Table', Item: item }));
  }

  async remove(pk: string): Promise<void> {
    await this.dynamodb.send(new DeleteItemCommand({ TableName: 'Small-Table', Key: { pk: { S: pk } } }));
  }

  /** Hands over all that is there. @returns How many mappings are stuck. */
  async settle(): Promise<number> {
    return (await this.emulator.world.eventSources.settle()).length;
  }

  /** Batches as the function said that it got them, in order; its lines come by another way than its answers, and may come a little later. */
  async batches(count: number): Promise<string[][]> {
    for (let look = 0; look < 500 && this.got().length < count; look++) await new Promise((resolve) => setTimeout(resolve, 5));
    return this.got();
  }

  got(): string[][] {
    return this.events.flatMap((event) =>
      event.kind === 'log' && event.line.includes('"got"') ? [(JSON.parse(event.line) as { got: string[] }).got] : [],
    );
  }

  discarded() {
    return this.events.filter((event) => event.kind === 'discarded');
  }

  /** What lies in the bucket for failures, parsed, by key. */
  async failures(): Promise<{ key: string; record: Record<string, unknown> }[]> {
    const { Contents = [] } = await this.s3.send(new ListObjectsV2Command({ Bucket: 'failures' }));
    return Promise.all(
      Contents.map(async ({ Key = '' }) => {
        const { Body } = await this.s3.send(new GetObjectCommand({ Bucket: 'failures', Key }));
        return { key: Key, record: JSON.parse((await Body?.transformToString()) ?? '') as Record<string, unknown> };
      }),
    );
  }

  async stop(): Promise<void> {
    this.dynamodb.destroy();
    this.s3.destroy();
    await this.emulator.stop();
    this.assembly.remove();
  }
}
