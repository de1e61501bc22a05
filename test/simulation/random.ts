/** The only source of chance: a small generator (sfc32), and draws that depend on nothing but their labels. */

export interface Random {
  /** At least 0, less than 1. */
  next(): number;
  /** A whole number of at least 0, less than `limit`. */
  below(limit: number): number;
  /** A whole number between two bounds, both included. */
  between(low: number, high: number): number;
  chance(probability: number): boolean;
  pick<T>(list: readonly T[]): T;
  /** One of the keys, as often as its weight says. */
  weighted<Key extends string>(weights: Readonly<Record<Key, number>>): Key;
}

const UINT32 = 0x1_0000_0000;

/** FNV-1a with a final mix, so that neighbouring texts fall far apart. */
function hash32(text: string, start: number): number {
  let hash = start >>> 0;
  for (let index = 0; index < text.length; index += 1) {
    hash ^= text.charCodeAt(index);
    hash = Math.imul(hash, 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** A draw that is the same for the same labels, whatever was drawn before: at least 0, less than 1. */
export function drawOf(...labels: readonly (string | number)[]): number {
  return hash32(labels.join('|'), 0x811c9dc5) / UINT32;
}

export function createRandom(...labels: readonly (string | number)[]): Random {
  const text = labels.join('|');
  let a = hash32(text, 1);
  let b = hash32(text, 2);
  let c = hash32(text, 3);
  let counter = 1;
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / UINT32;
  };
  for (let round = 0; round < 12; round += 1) next();
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    next,
    below,
    between: (low, high) => low + below(high - low + 1),
    chance: (probability) => next() < probability,
    pick(list) {
      const chosen = list[below(list.length)];
      if (chosen === undefined) throw new TypeError('There is nothing to pick from.');
      return chosen;
    },
    weighted(weights) {
      const entries = Object.entries<number>(weights) as [keyof typeof weights, number][];
      let left = next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
      for (const [key, weight] of entries) {
        left -= weight;
        if (left < 0) return key;
      }
      throw new TypeError('Every weight is zero.');
    },
  };
}

/** The entry that a draw picks; null of an empty list. */
export function chosen<T>(list: readonly T[], pick: number): T | null {
  return list[Math.floor(pick * list.length)] ?? null;
}
