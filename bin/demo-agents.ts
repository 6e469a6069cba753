import { openPlatform } from './commands/target';
import { AgentStory } from './demo/agent-story';

/** `npm run demo:agents`: tells the agents of the platform that `npm start` runs of three things, and shows what comes of each. */

const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function main(): Promise<void> {
  const platform = await openPlatform({ local: true }, process.cwd());
  const story = await AgentStory.begin({ platform, say, nowMs: Date.now });
  await story.actsOnWhatIsPlain();
  await story.asksAboutWhatIsNot();
  await story.losesNothing();
  say(`\nEach id of a call is answered by ${await platform.parameter('gateway-url')}/v1/calls/<id> with the key sk-local-demo.`);
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
