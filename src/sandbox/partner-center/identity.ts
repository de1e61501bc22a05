/** Ids and eTags in the shapes the service uses, the same ones on every run so that a failing test can be repeated. */
import { createHash } from 'node:crypto';
import { stampMs } from './stamps.ts';

export interface IdSource {
  guid(): string;
  /** A Microsoft CRM opportunity number. */
  msxId(): string;
  /**
   * The eTag of a write: `"xxxxxxxx-0000-xxxx-0000-<Unix second of the write, hex>0000"`, quotes included.
   * No two writes get the same one.
   */
  eTag(stamp: string): string;
}

/** @param seed different seeds give different ids. */
export function createIdSource(seed: string): IdSource {
  let ids = 0;
  let writes = 0;
  const digest = (text: string): string => createHash('sha256').update(`${seed}/${text}`).digest('hex');
  return {
    guid() {
      ids += 1;
      const hex = digest(`id/${ids}`);
      return [
        hex.slice(0, 8),
        hex.slice(8, 12),
        `4${hex.slice(13, 16)}`,
        `8${hex.slice(17, 20)}`,
        hex.slice(20, 32),
      ].join('-');
    },
    msxId() {
      ids += 1;
      return `7-${digest(`msx/${ids}`).slice(0, 10).toUpperCase()}`;
    },
    eTag(stamp) {
      writes += 1;
      const counter = ((writes * 0x9e37 + 0x6500_0000) >>> 0).toString(16).padStart(8, '0');
      const second = Math.floor(stampMs(stamp) / 1000)
        .toString(16)
        .padStart(8, '0');
      return `"${counter}-0000-0100-0000-${second}0000"`;
    },
  };
}
