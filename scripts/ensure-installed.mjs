// Runs before `npm start` and `npm test`, on whatever Node the machine has: installs when node_modules is missing or out of date.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const stamp = 'node_modules/.installed-lock';
const lock = createHash('sha256').update(readFileSync('package-lock.json')).digest('hex');

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
  process.stderr.write('Installing dependencies (once, about half a minute, 700 MB)…\n');
  // Output goes to stderr, so that what the command itself prints stays machine-readable.
  const result = spawnSync('npm', ['ci', '--no-fund', '--no-audit'], { stdio: ['ignore', 2, 2] });
  if (result.status !== 0) {
    process.stderr.write(
      `npm ci failed (${result.error?.message ?? `exit ${result.status}`}). Mend what it names above and run the command again.\n`,
    );
    process.exit(1);
  }
  writeFileSync(stamp, lock);
}
