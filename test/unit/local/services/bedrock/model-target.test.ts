import { accessToModel } from '../../../../../local/services/bedrock/model-target';

const HOME = { accountId: '111122223333', region: 'eu-west-1' };
const MODEL = 'amazon.nova-lite-v1:0';
const resources = (identifier: string, home = HOME): readonly string[] =>
  accessToModel(identifier, 'bedrock:InvokeModel', home).map((access) => access.resource);

it.each([MODEL, `arn:aws:bedrock:eu-west-1::foundation-model/${MODEL}`])('needs the foundation model for %s', (identifier) => {
  expect(accessToModel(identifier, 'bedrock:InvokeModel', HOME)).toEqual([
    {
      action: 'bedrock:InvokeModel',
      resource: `arn:aws:bedrock:eu-west-1::foundation-model/${MODEL}`,
      context: { 'aws:RequestedRegion': 'eu-west-1' },
    },
  ]);
});

it.each([
  ['jp', 'ap-northeast-1', ['ap-northeast-1', 'ap-northeast-3']],
  ['au', 'ap-southeast-2', ['ap-southeast-2', 'ap-southeast-4']],
  ['us', 'us-west-1', ['us-east-1', 'us-east-2', 'us-west-2']],
])('needs a %s profile and its model in each destination', (geography, region, destinations) => {
  const profileArn = `arn:aws:bedrock:${region}:111122223333:inference-profile/${geography}.${MODEL}`;
  expect(accessToModel(`${geography}.${MODEL}`, 'bedrock:InvokeModel', { ...HOME, region })).toEqual([
    { action: 'bedrock:InvokeModel', resource: profileArn, context: { 'aws:RequestedRegion': region } },
    ...destinations.map((destination) => ({
      action: 'bedrock:InvokeModel',
      resource: `arn:aws:bedrock:${destination}::foundation-model/${MODEL}`,
      context: { 'aws:RequestedRegion': destination, 'bedrock:InferenceProfileArn': profileArn },
    })),
  ]);
});

it('names the other partition in GovCloud', () => {
  expect(resources(`us-gov.${MODEL}`, { ...HOME, region: 'us-gov-west-1' })).toEqual([
    `arn:aws-us-gov:bedrock:us-gov-west-1:111122223333:inference-profile/us-gov.${MODEL}`,
    `arn:aws-us-gov:bedrock:us-gov-east-1::foundation-model/${MODEL}`,
    `arn:aws-us-gov:bedrock:us-gov-west-1::foundation-model/${MODEL}`,
  ]);
});

it('needs, for a global profile, the model in the calling region and without any region', () => {
  const profileArn = `arn:aws:bedrock:eu-west-1:111122223333:inference-profile/global.${MODEL}`;
  expect(accessToModel(`global.${MODEL}`, 'bedrock:InvokeModel', HOME).slice(1)).toEqual([
    {
      action: 'bedrock:InvokeModel',
      resource: `arn:aws:bedrock:eu-west-1::foundation-model/${MODEL}`,
      context: { 'aws:RequestedRegion': 'eu-west-1', 'bedrock:InferenceProfileArn': profileArn },
    },
    {
      action: 'bedrock:InvokeModel',
      resource: `arn:aws:bedrock:::foundation-model/${MODEL}`,
      context: { 'aws:RequestedRegion': 'unspecified', 'bedrock:InferenceProfileArn': profileArn },
    },
  ]);
});

it.each([
  'gpt-4',
  '',
  'a model',
  '.x',
  'amazon.',
  `us.${MODEL}`,
  `arn:aws:bedrock:us-east-1::foundation-model/${MODEL}`,
  `arn:aws:bedrock:eu-west-1:111122223333:foundation-model/${MODEL}`,
  `arn:aws:bedrock:eu-west-1:999999999999:inference-profile/eu.${MODEL}`,
  `arn:aws:bedrock:eu-west-1:111122223333:inference-profile/${MODEL}`,
  `arn:aws:bedrock:eu-west-1::foundation-model/eu.${MODEL}`,
  `arn:aws-us-gov:bedrock:eu-west-1::foundation-model/${MODEL}`,
  'arn:aws:s3:::bucket',
])('refuses %j', (identifier) => {
  expect(() => resources(identifier)).toThrow('The provided model identifier is invalid.');
});

it('names a kind of model that is not emulated', () => {
  expect(() => resources('arn:aws:bedrock:eu-west-1:111122223333:provisioned-model/abc')).toThrow('models of the kind "provisioned-model"');
});
