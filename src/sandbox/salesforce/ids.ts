/** Salesforce ids: a three-character key prefix, a counter, and a checksum that survives case-insensitive places. */

const CHECKSUM_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const ID = /^[a-zA-Z0-9]{15}(?:[a-zA-Z0-9]{3})?$/;
/** Marks this sandbox's own rows, so that they never meet the ids of a loaded export. */
const INSTANCE = 'Sb0';

/** The 18-character form of a 15-character id: one checksum character for the capitals of each five. */
export function withChecksum(id15: string): string {
  let checksum = '';
  for (let start = 0; start < 15; start += 5) {
    let bits = 0;
    for (let index = 0; index < 5; index += 1) {
      if (/[A-Z]/.test(id15.charAt(start + index))) bits += 2 ** index;
    }
    checksum += CHECKSUM_ALPHABET.charAt(bits);
  }
  return id15 + checksum;
}

/** The 18-character form of an id of either length; null when it is none or its checksum is wrong. */
export function toId18(text: string): string | null {
  if (!ID.test(text)) return null;
  const full = withChecksum(text.slice(0, 15));
  return text.length === 15 || text.toUpperCase() === full.toUpperCase() ? full : null;
}

/** Hands out ids in ascending byte order, a counter for each prefix. */
export interface IdSource {
  next(keyPrefix: string): string;
}

export function createIdSource(): IdSource {
  const counters = new Map<string, number>();
  return {
    next(keyPrefix) {
      const count = (counters.get(keyPrefix) ?? 0) + 1;
      counters.set(keyPrefix, count);
      let text = '';
      for (let rest = count; rest > 0; rest = Math.floor(rest / 62)) text = DIGITS.charAt(rest % 62) + text;
      return withChecksum(`${keyPrefix}${INSTANCE}${text.padStart(9, '0')}`);
    },
  };
}
