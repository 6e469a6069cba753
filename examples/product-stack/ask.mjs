// Calls the function in the emulator, as `aws lambda invoke` would.
import { readFileSync } from 'node:fs';
import { createSignedFetch } from 'ai-native-blueprint/client';

const read = (name) => JSON.parse(readFileSync(`.local/${name}.json`, 'utf8'));
const { url, region, ...credentials } = read('endpoint');
const { FunctionName } = read('outputs').Summaries;

const invoke = createSignedFetch({ region, credentials, service: 'lambda' });
const response = await invoke(`${url}/2015-03-31/functions/${FunctionName}/invocations`, {
  method: 'POST',
  body: JSON.stringify({ text: process.argv.slice(2).join(' ') }),
});
console.log(await response.text());
