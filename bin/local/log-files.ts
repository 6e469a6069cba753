import * as fs from 'node:fs';
import * as path from 'node:path';

/** What each function logs, in a file of its own, as CloudWatch Logs would keep it. */
export class LogFiles {
  constructor(private readonly folder: string) {
    fs.mkdirSync(folder, { recursive: true });
  }

  append(functionName: string, line: string): void {
    fs.appendFileSync(path.join(this.folder, `${functionName}.log`), `${line}\n`);
  }
}
