import * as fs from 'node:fs';
import * as path from 'node:path';

/** Folder of this package's package.json: the same whether the constructs run from source or from the published package. */
export function packageRoot(from = __dirname): string {
  for (let folder = from; ; folder = path.dirname(folder)) {
    if (fs.existsSync(path.join(folder, 'package.json'))) return folder;
    if (folder === path.dirname(folder)) throw new Error(`No package.json in ${from} or any folder above it.`);
  }
}
