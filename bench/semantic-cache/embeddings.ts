import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';

const SCRIPT = path.join(__dirname, 'embed.py');
const FOLDER = path.resolve(__dirname, '..', '..', '.local', 'bench', 'semantic-cache');
const DIMENSIONS = 384;
const BYTES_PER_NUMBER = 4;

/** Unit vectors of texts, one after another. */
export class Embeddings {
  private readonly index: ReadonlyMap<string, number>;

  constructor(
    texts: readonly string[],
    private readonly vectors: Float32Array,
  ) {
    this.index = new Map(texts.map((text, position) => [text, position]));
  }

  /** @throws RangeError for a text that was not embedded. */
  cosine(left: string, right: string): number {
    const [a, b] = [this.offsetOf(left), this.offsetOf(right)];
    let sum = 0;
    for (let dimension = 0; dimension < DIMENSIONS; dimension++)
      sum += (this.vectors[a + dimension] ?? 0) * (this.vectors[b + dimension] ?? 0);
    return sum;
  }

  private offsetOf(text: string): number {
    const position = this.index.get(text);
    if (position === undefined) throw new RangeError(`There is no embedding of "${text}".`);
    return position * DIMENSIONS;
  }
}

/** Embeds texts by embed.py; what was embedded once is read from `.local/`. @param python An interpreter with the packages of README.md. */
export function embed(texts: readonly string[], python: string): Embeddings {
  const distinct = [...new Set(texts)];
  const json = JSON.stringify(distinct);
  const name = path.join(FOLDER, createHash('sha256').update(json).digest('hex'));
  const [input, output] = [`${name}.json`, `${name}.f32`];
  if (!fs.existsSync(output)) {
    fs.mkdirSync(FOLDER, { recursive: true });
    fs.writeFileSync(input, json);
    execFileSync(python, [SCRIPT, input, `${output}.part`], { stdio: 'inherit' });
    fs.renameSync(`${output}.part`, output);
  }
  const bytes = fs.readFileSync(output);
  const expected = distinct.length * DIMENSIONS * BYTES_PER_NUMBER;
  if (bytes.length !== expected) throw new Error(`${output} has ${bytes.length} bytes instead of ${expected}: delete it and run again.`);
  return new Embeddings(distinct, new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / BYTES_PER_NUMBER));
}
