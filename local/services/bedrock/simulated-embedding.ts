import { createHash } from 'node:crypto';

/** Letters that a word's pieces have. */
const PIECE_LENGTH = 3;
/** Of a whole word, against that of one of its pieces. */
const WORD_WEIGHT = 2;
const PIECE_WEIGHT = 1;

/**
 * A vector made without a model: each word and each piece of three letters adds to one number, chosen by a hash, and the whole has the length 1.
 * Texts that share words, or beginnings and ends of words, are near each other; what they mean is not known. The same text gives the same
 * vector on any machine.
 */
export function simulatedEmbedding(text: string, dimensions: number): readonly number[] {
  const vector = Array.from({ length: dimensions }, () => 0);
  const add = (feature: string, weight: number): void => {
    const hash = createHash('sha256').update(feature).digest();
    const index = hash.readUInt32LE(0) % dimensions;
    vector[index] = (vector[index] ?? 0) + (hash.readUInt8(4) % 2 === 0 ? weight : -weight);
  };
  const words =
    text
      .toLowerCase()
      .normalize('NFKC')
      .match(/[\p{L}\p{N}]+/gu) ?? [];
  for (const word of words) {
    add(`word ${word}`, WORD_WEIGHT);
    const letters = Array.from(` ${word} `);
    for (let start = 0; start + PIECE_LENGTH <= letters.length; start += 1) {
      add(`piece ${letters.slice(start, start + PIECE_LENGTH).join('')}`, PIECE_WEIGHT);
    }
  }
  // Without words, or where all of them have cancelled each other out, the text as a whole decides.
  if (vector.every((value) => value === 0)) add(`text ${text}`, 1);
  const length = Math.hypot(...vector);
  return vector.map((value) => Math.fround(value / length));
}
