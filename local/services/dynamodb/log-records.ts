// LevelDB's log format, also that of its manifests: https://github.com/google/leveldb/blob/main/doc/log_format.md
const BLOCK_BYTES = 32_768;
const HEADER_BYTES = 7;
const CRC_MASK_DELTA = 0xa282ead8;

const FULL = 1;
const FIRST = 2;
const LAST = 4;

/** Table of CRC-32C (Castagnoli), reflected polynomial. */
const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});

/** A log that holds something else than records with their right checksums. */
export class BrokenLogError extends Error {}

interface Fragment {
  readonly type: number;
  readonly payload: Buffer;
}

/**
 * The records of a LevelDB log. A record cut off by the end of the file is left out, as LevelDB does: it is what a killed process leaves behind,
 * of a write that nobody was told had succeeded. Throws BrokenLogError at anything else that LevelDB would pass over in silence.
 */
export async function* readRecords(log: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let fragments: Buffer[] = [];
  let blockOffset = 0;
  for await (const { block, isLast } of blocksOf(log)) {
    for (const { type, payload } of fragmentsOf(block, blockOffset, isLast)) {
      if (type === FULL || type === FIRST) fragments = [];
      fragments.push(payload);
      if (type === FULL || type === LAST) yield Buffer.concat(fragments);
    }
    blockOffset += block.length;
  }
}

function* fragmentsOf(block: Buffer, blockOffset: number, isLast: boolean): Generator<Fragment> {
  let offset = 0;
  while (offset + HEADER_BYTES <= block.length) {
    const length = block.readUInt16LE(offset + 4);
    const type = block.readUInt8(offset + 6);
    const end = offset + HEADER_BYTES + length;
    // Space reserved and never written.
    if (type === 0 && length === 0) return;
    if (type < FULL || type > LAST || end > BLOCK_BYTES) throw new BrokenLogError(`no log record at byte ${blockOffset + offset}`);
    if (end > block.length && isLast) return;
    if (block.readUInt32LE(offset) !== maskedCrc(block.subarray(offset + 6, end))) {
      throw new BrokenLogError(`a log record with a wrong checksum at byte ${blockOffset + offset}`);
    }
    yield { type, payload: block.subarray(offset + HEADER_BYTES, end) };
    offset = end;
  }
}

async function* blocksOf(log: AsyncIterable<Buffer>): AsyncGenerator<{ readonly block: Buffer; readonly isLast: boolean }> {
  let pending: Buffer = Buffer.alloc(0);
  for await (const chunk of log) {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length > BLOCK_BYTES) {
      yield { block: pending.subarray(0, BLOCK_BYTES), isLast: false };
      pending = pending.subarray(BLOCK_BYTES);
    }
  }
  yield { block: pending, isLast: true };
}

function maskedCrc(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (crcTable[(crc ^ byte) & 0xff] ?? 0);
  crc = ~crc >>> 0;
  return (((crc >>> 15) | (crc << 17)) + CRC_MASK_DELTA) >>> 0;
}
