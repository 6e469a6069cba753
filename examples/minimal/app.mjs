import { Administration, AiGateway, platformDocument } from 'ai-native-blueprint';
import { App, Stack } from 'aws-cdk-lib';

const region = 'us-east-1';
const stack = new Stack(new App(), 'Assistant', { env: { region } });

// Its API, its function, its audit trail, its registry of keys, and a role that may invoke these two models and nothing else.
const gateway = new AiGateway(stack, 'Gateway', {
  platform: platformDocument({ region, models: ['claude-haiku-4.5', 'nova-lite'] }),
});
// Keys, limits and usage, for you and for whom you let in.
new Administration(stack, 'Administration', { gateway });
