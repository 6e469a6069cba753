import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

export const ACCOUNT = '111122223333';
export const REGION = 'eu-west-1';

type Resources = Readonly<Record<string, { readonly Type: string; readonly Properties?: object; readonly DependsOn?: string | string[] }>>;

/** A cloud assembly of one stack, `Small`, written by hand. `code` is the module of every function: `{ [asset key]: source }`. */
export class SmallAssembly {
  readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), 'assembly-'));

  constructor(resources: Resources, code: Readonly<Record<string, string>> = {}) {
    const files = Object.entries(code).map(([key, source]) => {
      fs.mkdirSync(path.join(this.folder, `asset.${key}`));
      fs.writeFileSync(path.join(this.folder, `asset.${key}`, 'index.js'), source);
      return [key, { source: { path: `asset.${key}` }, destinations: { here: { objectKey: key } } }];
    });
    this.write('manifest.json', {
      artifacts: {
        assets: { type: 'cdk:asset-manifest', properties: { file: 'assets.json' } },
        Small: {
          type: 'aws:cloudformation:stack',
          environment: `aws://${ACCOUNT}/${REGION}`,
          properties: { templateFile: 'template.json' },
        },
      },
    });
    this.write('assets.json', { files: Object.fromEntries(files) });
    this.write('template.json', { Resources: resources });
  }

  remove(): void {
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  private write(file: string, content: object): void {
    fs.writeFileSync(path.join(this.folder, file), JSON.stringify(content));
  }
}

/** A function with its role, as two resources. */
export function functionWith(id: string, assetKey: string, statements: readonly object[], more: object = {}): Resources {
  return {
    [`${id}Role`]: {
      Type: 'AWS::IAM::Role',
      Properties: { Policies: [{ PolicyName: 'own', PolicyDocument: { Statement: statements } }] },
    },
    [id]: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        FunctionName: id,
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Timeout: 10,
        Role: { 'Fn::GetAtt': [`${id}Role`, 'Arn'] },
        Code: { S3Key: assetKey },
        ...more,
      },
    },
  };
}

export const LOGS = { Effect: 'Allow', Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: '*' };
