import * as fs from 'node:fs';
import * as path from 'node:path';

export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly DependsOn?: string | readonly string[];
  readonly Condition?: string;
  readonly DeletionPolicy?: string;
}

export interface Template {
  readonly Parameters?: Readonly<Record<string, { readonly Type: string; readonly Default?: unknown }>>;
  readonly Conditions?: Readonly<Record<string, unknown>>;
  readonly Mappings?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
  readonly Resources: Readonly<Record<string, TemplateResource>>;
  readonly Outputs?: Readonly<Record<string, { readonly Value: unknown; readonly Condition?: string }>>;
}

/** One stack of a synthesized assembly. */
export interface AssemblyStack {
  /** The stack's name in CloudFormation. */
  readonly name: string;
  /** Region in its environment; undefined when the stack is region-agnostic. */
  readonly region?: string;
  /** Account in its environment; undefined when the stack is account-agnostic. */
  readonly accountId?: string;
  readonly template: Template;
  /** Absolute path of a file asset, by the object key under which the template refers to it. */
  readonly assets: ReadonlyMap<string, string>;
}

/** The assembly cannot be read. */
export class AssemblyError extends Error {}

interface Artifact {
  readonly type: string;
  readonly environment?: string;
  readonly properties?: {
    readonly templateFile?: string;
    readonly stackName?: string;
    readonly directoryName?: string;
    readonly file?: string;
  };
}

interface AssetManifest {
  readonly files?: Readonly<
    Record<
      string,
      { readonly source: { readonly path?: string }; readonly destinations: Readonly<Record<string, { readonly objectKey: string }>> }
    >
  >;
}

/**
 * Reads every stack of a cloud assembly as `cdk synth` writes it, nested assemblies (stages) included, in the order of the manifest.
 * @throws AssemblyError when a file is missing or is not what a cloud assembly holds there
 */
export function readAssembly(folder: string): AssemblyStack[] {
  const manifest = readJson(path.join(folder, 'manifest.json')) as { artifacts?: Record<string, Artifact> };
  const artifacts = Object.entries(manifest.artifacts ?? {});
  const assets = new Map<string, string>();
  for (const [, artifact] of artifacts) {
    if (artifact.type !== 'cdk:asset-manifest' || !artifact.properties?.file) continue;
    const files = (readJson(path.join(folder, artifact.properties.file)) as AssetManifest).files ?? {};
    for (const file of Object.values(files)) {
      for (const destination of Object.values(file.destinations)) {
        if (file.source.path) assets.set(destination.objectKey, path.resolve(folder, file.source.path));
      }
    }
  }
  return artifacts.flatMap(([id, artifact]): AssemblyStack[] => {
    const properties = artifact.properties ?? {};
    if (artifact.type === 'cdk:cloud-assembly' && properties.directoryName)
      return readAssembly(path.join(folder, properties.directoryName));
    if (artifact.type !== 'aws:cloudformation:stack' || !properties.templateFile) return [];
    return [
      {
        name: properties.stackName ?? id,
        ...parseEnvironment(artifact.environment),
        template: templateIn(path.join(folder, properties.templateFile)),
        assets,
      },
    ];
  });
}

/** CDK leaves out the resources of a stack that has none. */
function templateIn(file: string): Template {
  const template = readJson(file) as Partial<Template>;
  return { ...template, Resources: template.Resources ?? {} };
}

/** `aws://123456789012/eu-west-1`, either part `unknown-…` when it is left open. */
function parseEnvironment(environment = ''): { accountId?: string; region?: string } {
  const [, accountId, region] = /^aws:\/\/([^/]+)\/(.+)$/.exec(environment) ?? [];
  return {
    accountId: accountId?.startsWith('unknown-') ? undefined : accountId,
    region: region?.startsWith('unknown-') ? undefined : region,
  };
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new AssemblyError(`${file} cannot be read as part of a cloud assembly (${(cause as Error).message}). Synthesize again.`, {
      cause,
    });
  }
}
