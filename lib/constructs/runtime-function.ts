import * as fs from 'node:fs';
import * as path from 'node:path';
import { AssetHashType, DockerImage, Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type * as z from 'zod';
import type { PlatformDocument } from '../../lambdas/core/platform';
import { packageRoot } from '../package-root';
import { acknowledgeWildcards } from './acknowledge';

/** Exactly the variables that a function's `env.ts` asks for: a missing and an extra one both fail the compiler. */
export type EnvOf<S extends z.ZodObject> = Record<Extract<keyof S['shape'], string>, string>;

/** What all functions of an environment have in common. */
export interface RuntimeSettings {
  /** @default logs.RetentionDays.ONE_MONTH */
  readonly logRetention?: logs.RetentionDays;
  /** @default RemovalPolicy.RETAIN */
  readonly logRemovalPolicy?: RemovalPolicy;
  /**
   * Encrypts the logs; its policy must let CloudWatch Logs use it.
   *
   * @default - CloudWatch Logs' own encryption
   */
  readonly logEncryptionKey?: kms.IKey;
  /** @default 'INFO' */
  readonly logLevel?: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';
  /**
   * Traces by X-Ray.
   *
   * @default true
   */
  readonly tracing?: boolean;
}

/** Code that the package does not bring. */
export interface OwnBundle {
  /** Stands in its logs. */
  readonly name: string;
  /** Its `index.mjs` exports `handler`. */
  readonly code: lambda.Code;
}

export interface RuntimeFunctionProps<S extends z.ZodObject> {
  /** Name of the bundle: the function's folder in `lambdas/`; or code of somebody else's. */
  readonly bundle: string | OwnBundle;
  readonly description: string;
  readonly environment: EnvOf<S>;
  /**
   * Written as `platform.json` beside the bundle.
   *
   * @default - no such file
   */
  readonly platform?: PlatformDocument;
  /** Megabytes. @default 512 */
  readonly memorySize?: number;
  /** Calls at once that are kept for this function, and beyond which it is throttled. @default - as many as the account has left */
  readonly reservedConcurrency?: number;
  /** @default Duration.seconds(30) */
  readonly timeout?: Duration;
  readonly settings?: RuntimeSettings;
}

/** The one place that makes a Lambda function ours: runtime, architecture, its own log group, the contract of its environment, tracing. */
export class RuntimeFunction<S extends z.ZodObject> extends Construct implements iam.IGrantable {
  readonly function: lambda.Function;
  readonly grantPrincipal: iam.IPrincipal;
  readonly logGroup: logs.LogGroup;
  readonly roleArn: string;

  constructor(scope: Construct, id: string, props: RuntimeFunctionProps<S>) {
    super(scope, id);
    const settings = props.settings ?? {};
    const { name, code } =
      typeof props.bundle === 'string' ? { name: props.bundle, code: bundleCode(props.bundle, props.platform) } : props.bundle;
    this.logGroup = new logs.LogGroup(this, 'Logs', {
      retention: settings.logRetention ?? logs.RetentionDays.ONE_MONTH,
      removalPolicy: settings.logRemovalPolicy ?? RemovalPolicy.RETAIN,
      encryptionKey: settings.logEncryptionKey,
    });
    // A role of our own: the managed policy that CDK would attach may write to every log group of the account.
    const role = new iam.Role(this, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    this.logGroup.grantWrite(role);
    this.function = new lambda.Function(this, 'Resource', {
      description: props.description,
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      handler: 'index.handler',
      code,
      environment: { ...props.environment, POWERTOOLS_SERVICE_NAME: name, POWERTOOLS_LOG_LEVEL: settings.logLevel ?? 'INFO' },
      memorySize: props.memorySize ?? 512,
      reservedConcurrentExecutions: props.reservedConcurrency,
      timeout: props.timeout ?? Duration.seconds(30),
      tracing: (settings.tracing ?? true) ? lambda.Tracing.ACTIVE : lambda.Tracing.DISABLED,
      logGroup: this.logGroup,
      role,
    });
    this.grantPrincipal = this.function.grantPrincipal;
    this.roleArn = role.roleArn;
    if (settings.tracing ?? true) acknowledgeWildcards(role, ['*'], 'X-Ray has no resources to name: segments are put into the account.');
  }
}

/** The prebuilt bundle, with `platform.json` beside it. */
function bundleCode(bundle: string, platform?: PlatformDocument): lambda.Code {
  const folder = path.join(packageRoot(), 'dist', 'lambdas', bundle);
  if (!fs.existsSync(path.join(folder, 'index.mjs'))) {
    throw new Error(`The bundle '${bundle}' is missing: ${folder}/index.mjs does not exist. Run 'npm run bundle' first.`);
  }
  if (!platform) return lambda.Code.fromAsset(folder);
  const document = `${JSON.stringify(platform, null, 2)}\n`;
  return lambda.Code.fromAsset(folder, {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // Never pulled: what follows does the work.
      image: DockerImage.fromRegistry('unused'),
      // CDK caches a staged asset by its source path and options, and does not see what tryBundle writes: two documents must differ here.
      environment: { PLATFORM_JSON: document },
      local: {
        tryBundle(outputFolder: string): boolean {
          fs.cpSync(folder, outputFolder, { recursive: true });
          fs.writeFileSync(path.join(outputFolder, 'platform.json'), document);
          return true;
        },
      },
    },
  });
}
