/** Regions that can send requests to Amazon Bedrock, by the geography of the inference profiles that Claude has there. */
export const usRegions = ['us-east-1', 'us-east-2', 'us-west-1', 'us-west-2'] as const;
export const caRegions = ['ca-central-1', 'ca-west-1'] as const;
export const euRegions = [
  'eu-central-1',
  'eu-central-2',
  'eu-north-1',
  'eu-south-1',
  'eu-south-2',
  'eu-west-1',
  'eu-west-2',
  'eu-west-3',
] as const;
export const jpRegions = ['ap-northeast-1', 'ap-northeast-3'] as const;
export const auRegions = ['ap-southeast-2', 'ap-southeast-4'] as const;

const otherRegions = [
  'af-south-1',
  'ap-east-2',
  'ap-northeast-2',
  'ap-south-1',
  'ap-south-2',
  'ap-southeast-1',
  'ap-southeast-3',
  'ap-southeast-5',
  'ap-southeast-6',
  'ap-southeast-7',
  'il-central-1',
  'mx-central-1',
  'sa-east-1',
] as const;

/** All of them. */
export const commercialRegions = [...usRegions, ...caRegions, ...euRegions, ...jpRegions, ...auRegions, ...otherRegions] as const;

export type Region = (typeof commercialRegions)[number];
