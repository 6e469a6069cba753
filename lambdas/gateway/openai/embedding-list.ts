export type Vectors = readonly (readonly number[])[];

/** Vectors as OpenAI's clients take them. `base64` is of their numbers as four bytes each, little-endian. */
export function embeddingList(model: string, vectors: Vectors, inputTokens: number, format: 'float' | 'base64'): object {
  return {
    object: 'list',
    data: vectors.map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: format === 'base64' ? bytesOf(vector).toString('base64') : vector,
    })),
    model,
    usage: { prompt_tokens: inputTokens, total_tokens: inputTokens },
  };
}

/** Each number as four bytes (IEEE 754), little-endian. */
export function bytesOf(vector: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(vector.length * Float32Array.BYTES_PER_ELEMENT);
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * Float32Array.BYTES_PER_ELEMENT);
  return bytes;
}
