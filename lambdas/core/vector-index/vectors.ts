/** Cosine of two vectors of one length, from -1 to 1; 0 where one has no direction. */
export function cosineOf(one: readonly number[], other: readonly number[]): number {
  let product = 0;
  let ownSquares = 0;
  let otherSquares = 0;
  for (let index = 0; index < one.length; index++) {
    const [a, b] = [one[index] ?? 0, other[index] ?? 0];
    product += a * b;
    ownSquares += a * a;
    otherSquares += b * b;
  }
  const lengths = Math.sqrt(ownSquares) * Math.sqrt(otherSquares);
  // Rounding may end beyond 1.
  return lengths === 0 ? 0 : Math.max(-1, Math.min(1, product / lengths));
}

/** @throws RangeError for another dimension, a value that is no finite number, and zeros alone */
export function checkVector(vector: readonly number[], dimensions: number, whose: string): void {
  if (vector.length !== dimensions) {
    throw new RangeError(
      `The vector of ${whose} has ${vector.length} numbers; the index takes ${dimensions}. Embed with the model that the index was made for.`,
    );
  }
  const broken = vector.findIndex((value) => !Number.isFinite(value));
  if (broken >= 0)
    throw new RangeError(`The vector of ${whose} has ${String(vector[broken])} at ${broken}; only finite numbers can be compared.`);
  if (vector.every((value) => value === 0)) throw new RangeError(`The vector of ${whose} is all zeros and has no direction to compare.`);
}
