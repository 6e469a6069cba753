import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { type EntryPlace, JsonLog, replaceLog } from '../../../../local/state/json-log';

let folder: string;
let file: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'log-'));
  file = path.join(folder, 'log.jsonl');
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

function open(): { readonly log: JsonLog<unknown>; readonly entries: unknown[]; readonly places: EntryPlace[] } {
  const entries: unknown[] = [];
  const places: EntryPlace[] = [];
  const log = JsonLog.open<unknown>(file, (entry, place) => {
    entries.push(entry);
    places.push(place);
  });
  return { log, entries, places };
}

test('entries are there again in their order, each at its place, however long', () => {
  const { log } = open();
  const written = ['ü', { text: 'x'.repeat(3_000_000) }, [1, 2], null];
  const places = written.map((entry) => log.append(entry));
  expect(places.map((place) => log.read(place))).toEqual(written);
  log.close();
  const again = open();
  expect(again.entries).toEqual(written);
  expect(again.places).toEqual(places);
  again.log.append('more');
  again.log.close();
  const last = open();
  expect(last.entries).toEqual([...written, 'more']);
  last.log.close();
});

test('an entry that was cut short is none, at whatever byte', () => {
  const { log } = open();
  for (const entry of [{ a: 1 }, { b: 'é' }]) log.append(entry);
  log.close();
  const whole = fs.readFileSync(file);
  const first = whole.indexOf('\n') + 1;
  for (let bytes = first; bytes < whole.length; bytes++) {
    fs.writeFileSync(file, whole.subarray(0, bytes));
    const cut = open();
    expect(cut.entries).toEqual([{ a: 1 }]);
    cut.log.append('next');
    cut.log.close();
    expect(fs.readFileSync(file, 'utf8')).toBe('{"a":1}\n"next"\n');
  }
});

test('a damaged entry before the last is an error', () => {
  fs.writeFileSync(file, '{"a":1}\n{"b\n{"c":3}\n');
  expect(() => open()).toThrow('line 2 is not JSON');
});

test('a log is replaced in one step', () => {
  fs.writeFileSync(file, '1\n2\n');
  fs.writeFileSync(`${file}.new`, 'left by a crash');
  replaceLog(file, [3, 4]);
  expect(fs.readFileSync(file, 'utf8')).toBe('3\n4\n');
  expect(fs.readdirSync(folder)).toEqual(['log.jsonl']);
});
