/** Where an inference profile may be called, and where it may send the call. */
interface Geography {
  readonly destinations: readonly string[];
  /** Regions that may call it besides its destinations. */
  readonly alsoCallableFrom?: readonly string[];
}

/**
 * Prefix of a cross-region inference profile's id → its regions. The union over models, as AWS's documentation lists them
 * (https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html): a single model's profile may use fewer, so what is
 * allowed here is allowed there.
 */
const GEOGRAPHIES: Readonly<Record<string, Geography>> = {
  us: { destinations: ['us-east-1', 'us-east-2', 'us-west-2'], alsoCallableFrom: ['us-west-1', 'ca-central-1'] },
  'us-gov': { destinations: ['us-gov-east-1', 'us-gov-west-1'] },
  ca: { destinations: ['ca-central-1', 'ca-west-1'] },
  eu: {
    destinations: ['eu-central-1', 'eu-central-2', 'eu-north-1', 'eu-south-1', 'eu-south-2', 'eu-west-1', 'eu-west-2', 'eu-west-3'],
  },
  apac: {
    destinations: [
      'ap-east-2',
      'ap-northeast-1',
      'ap-northeast-2',
      'ap-northeast-3',
      'ap-south-1',
      'ap-south-2',
      'ap-southeast-1',
      'ap-southeast-2',
      'ap-southeast-3',
      'ap-southeast-4',
      'ap-southeast-5',
      'ap-southeast-7',
      'me-central-1',
    ],
  },
  jp: { destinations: ['ap-northeast-1', 'ap-northeast-3'] },
  au: { destinations: ['ap-southeast-2', 'ap-southeast-4'] },
};

const PROFILE_ID = new RegExp(`^(?<geography>global|${Object.keys(GEOGRAPHIES).join('|')})\\.(?<model>[a-z0-9-]+\\..+)$`);

/** A region in a foundation model's ARN, and what `aws:RequestedRegion` is when a call is sent there. */
export interface Destination {
  readonly arnRegion: string;
  readonly requestedRegion: string;
}

export interface InferenceProfile {
  readonly modelId: string;
  /** Undefined when the profile cannot be called from the region. */
  readonly destinations: readonly Destination[] | undefined;
}

/** Reads an inference profile's id, e.g. `eu.anthropic.claude-…`; undefined when it is not one. */
export function readInferenceProfile(id: string, callingRegion: string): InferenceProfile | undefined {
  const { geography, model } = PROFILE_ID.exec(id)?.groups ?? {};
  if (!geography || !model) return undefined;
  if (geography === 'global') return { modelId: model, destinations: globalDestinations(callingRegion) };
  const { destinations = [], alsoCallableFrom = [] } = GEOGRAPHIES[geography] ?? {};
  const callable = [...destinations, ...alsoCallableFrom].includes(callingRegion);
  return {
    modelId: model,
    destinations: callable ? destinations.map((region) => ({ arnRegion: region, requestedRegion: region })) : undefined,
  };
}

/**
 * A global profile has no list of destinations: IAM checks the model in the calling region and once more without any region
 * (https://docs.aws.amazon.com/bedrock/latest/userguide/global-cross-region-inference.html).
 */
function globalDestinations(callingRegion: string): readonly Destination[] | undefined {
  if (callingRegion.startsWith('us-gov-') || callingRegion.startsWith('cn-')) return undefined;
  return [
    { arnRegion: callingRegion, requestedRegion: callingRegion },
    { arnRegion: '', requestedRegion: 'unspecified' },
  ];
}
