/**
 * Reads SQLite's write-ahead log for commits that SQLite would pass over without a word.
 *
 * SQLite takes a log up to the first frame that does not add up, because a process or a machine that dies leaves such
 * a frame at its end. A frame in the middle that does not add up is damage: what was committed after it would be lost
 * silently, and with it decisions of people and intents of creates. The two can be told apart, because each commit
 * waits for the disk before the next begins: only the last one can be incomplete.
 *
 * Layout: https://www.sqlite.org/fileformat2.html#the_write_ahead_log
 */

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
/** The first word, but for its lowest bit, which says in which order the words of the sums are. */
const MAGIC = 0x377f0682;

type Sums = readonly [number, number];

/** Whether the log has lost commits that were confirmed. A log that is empty, or was cut off, has not. */
export function hasLostCommits(log: Buffer): boolean {
  if (log.length <= HEADER_BYTES) return false;
  const header = log.subarray(0, HEADER_BYTES);
  // A power cut can leave a new file's length without its bytes.
  if (header.every((byte) => byte === 0)) return false;
  const magic = header.readUInt32BE(0);
  const isBigEndian = (magic & 1) === 1;
  let sums = add([0, 0], header.subarray(0, 24), isBigEndian);
  if ((magic & ~1) !== MAGIC || !isSumAt(header, 24, sums)) return true;
  const salt = header.subarray(16, 24);
  const frameBytes = FRAME_HEADER_BYTES + header.readUInt32BE(8);
  let isSound = true;
  let isFirstBroken = false;
  let commits = 0;
  for (let start = HEADER_BYTES; start + frameBytes <= log.length; start += frameBytes) {
    const frame = log.subarray(start, start + frameBytes);
    const isOfThisLog = frame.subarray(8, 16).equals(salt);
    if (isSound) {
      sums = add(
        add(sums, frame.subarray(0, 8), isBigEndian),
        frame.subarray(FRAME_HEADER_BYTES),
        isBigEndian,
      );
      isSound = isOfThisLog && isSumAt(frame, 16, sums);
      isFirstBroken = !isSound;
    } else isFirstBroken = false;
    if (isSound || (!isOfThisLog && !isFirstBroken)) continue;
    // The frame that ends a commit says how many pages the file then has.
    if (frame.readUInt32BE(4) !== 0) commits += 1;
  }
  return commits > 1;
}

function isSumAt(bytes: Buffer, offset: number, [first, second]: Sums): boolean {
  return bytes.readUInt32BE(offset) === first && bytes.readUInt32BE(offset + 4) === second;
}

/** SQLite's running sums over pairs of words. */
function add([a, b]: Sums, bytes: Buffer, isBigEndian: boolean): Sums {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let first = a;
  let second = b;
  for (let offset = 0; offset + 8 <= bytes.length; offset += 8) {
    first = (first + view.getUint32(offset, !isBigEndian) + second) >>> 0;
    second = (second + view.getUint32(offset + 4, !isBigEndian) + first) >>> 0;
  }
  return [first, second];
}
