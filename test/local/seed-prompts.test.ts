import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { seedPrompts } from '../../bin/local/seed-prompts';
import { findLabel, promote } from '../../bin/prompts/label-store';
import { listVersions } from '../../bin/prompts/version-store';
import { startPlatform, type TestPlatform } from '../helpers/platform';

/** What `npm start` and `blueprint local` do with folders of prompts. */

let platform: TestPlatform;
let place: string;
let said: string[];
beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform.stop());
beforeEach(() => {
  place = fs.mkdtempSync(path.join(os.tmpdir(), 'seed-'));
  said = [];
});
afterEach(() => fs.rmSync(place, { recursive: true, force: true }));

function write(folder: string, id: string, version: number, text: string): void {
  const to = path.join(place, folder, id, `v${version}`);
  fs.mkdirSync(to, { recursive: true });
  fs.writeFileSync(path.join(place, folder, id, 'prompt.json'), JSON.stringify({ owner: 'tests' }));
  fs.writeFileSync(path.join(to, 'version.json'), JSON.stringify({ messages: [{ role: 'user', template: text }], variables: {} }));
}
const registry = () => ({ client: platform.dynamodb, table: platform.emulator.output('RegistryTable') });
const seed = (...folders: readonly string[]) =>
  seedPrompts(
    platform.emulator,
    registry().table,
    folders.map((folder) => path.join(place, folder)),
    (line) => said.push(line),
  );
const label = (id: string) => ({ ...registry(), id, label: 'production', nowMs: 1 });
const textOf = async (id: string) => (await listVersions(registry(), id)).map(({ content }) => content.messages[0]?.template);

test('new prompts are released at their newest version; what was moved since stays where it is', async () => {
  write('own', 'moved', 1, 'One.');
  write('own', 'moved', 2, 'Two.');
  await seed('own');
  expect(await findLabel(label('moved'))).toMatchObject({ version: 2, revision: 1 });
  await promote(label('moved'), 1);
  write('own', 'moved', 3, 'Three.');
  await seed('own');
  expect(await findLabel(label('moved'))).toMatchObject({ version: 1, revision: 2 });
  expect(await textOf('moved')).toEqual(['One.', 'Two.', 'Three.']);
  expect(said).toEqual([]);
});

test('of two folders with the same prompt the first counts, and one that does not exist has none', async () => {
  write('own', 'both', 1, 'Ours.');
  write('packaged', 'both', 1, 'Theirs.');
  write('packaged', 'theirs', 1, 'Theirs alone.');
  await seed('absent', 'own', 'packaged');
  expect([await textOf('both'), await textOf('theirs')]).toEqual([['Ours.'], ['Theirs alone.']]);
  expect(said).toEqual([]);
});

test('a prompt that cannot be read, or was changed after it was pushed, is told of, and the others are there', async () => {
  write('own', 'changed', 1, 'As it was.');
  await seed('own');
  write('own', 'changed', 1, 'As it is.');
  write('own', 'broken', 1, 'Hello {{who}}');
  write('own', 'whole', 1, 'Whole.');
  await seed('own');
  expect(said.toSorted()).toEqual([
    expect.stringMatching(/^Prompt broken is not as in .*own: .*there is no variable `who`/),
    expect.stringMatching(/^Prompt changed is not as in .*own: Version 1 .* versions never change\. Put yours in the next folder\.$/),
  ]);
  expect([await textOf('changed'), await textOf('broken'), await textOf('whole')]).toEqual([['As it was.'], [], ['Whole.']]);
});
