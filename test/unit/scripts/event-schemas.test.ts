import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import * as z from 'zod';
import { defineEvent } from '../../../lambdas/core/events';
import { writeEventSchemas } from '../../../scripts/event-schemas';

const versions = [1, 2].map((version) =>
  defineEvent({ name: 'crm.noted', version, owner: 'crm', data: z.strictObject({ text: z.string() }) }),
);

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'event-schemas-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

test('every version of a contract is a file, and nothing older stays', () => {
  fs.writeFileSync(path.join(folder, 'gone.v1.json'), '{}');
  expect(writeEventSchemas(versions, folder)).toEqual(['crm.noted.v1.json', 'crm.noted.v2.json']);
  expect(fs.readdirSync(folder).sort()).toEqual(['crm.noted.v1.json', 'crm.noted.v2.json']);
  expect(JSON.parse(fs.readFileSync(path.join(folder, 'crm.noted.v2.json'), 'utf8'))).toEqual(versions[1]?.jsonSchema);
});

test('two contracts of one name and version are an error', () => {
  expect(() => writeEventSchemas([...versions, ...versions], folder)).toThrow('Two event contracts have the same name and version');
});
