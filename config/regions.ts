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

type Geography = 'us' | 'ca' | 'eu' | 'jp' | 'au' | 'apac';

/** As AWS draws them for its inference profiles, with the regions that each is made of. */
const geographies: Readonly<Record<Geography, readonly Region[]>> = {
  us: usRegions,
  ca: caRegions,
  eu: euRegions,
  jp: jpRegions,
  au: auRegions,
  apac: commercialRegions.filter((region) => region.startsWith('ap-')),
};

/** What data can be said to be processed in. */
export const places = [...(Object.keys(geographies) as [Geography, ...Geography[]]), ...commercialRegions] as const;

/** Whether a region or geography is one of the allowed, or wholly in one of them. */
export function isWithin(place: string, allowed: readonly string[]): boolean {
  const regions: readonly string[] = regionsOfPlace(place);
  return regions.length > 0 && allowed.some((one) => one === place || regions.every((region) => regionsOfPlace(one).includes(region)));
}

/** The places with the region among them, unless one of them has it in it: data that is sent from a region has been there. */
export function placesFrom(region: Region, sentTo: readonly string[]): string[] {
  return sentTo.includes('global') || isWithin(region, sentTo) ? [...sentTo] : [...sentTo, region];
}

/** None of a place that is none, or anywhere. */
function regionsOfPlace(place: string): readonly string[] {
  if (Object.hasOwn(geographies, place)) return geographies[place as Geography];
  return commercialRegions.filter((region) => region === place);
}
