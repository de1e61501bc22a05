import { describe, expect, it } from 'vitest';
import { createIdSource, toId18, withChecksum } from '../../../../src/sandbox/salesforce/ids.ts';

describe('Salesforce ids in the sandbox', () => {
  it.each([
    ['0014S000007Nxml', 'QAC'],
    ['0065500000KQ12X', 'AAT'],
    ['0034S000005YJX9', 'QAO'],
  ])('gives %s the checksum %s', (id15, checksum) => {
    expect(withChecksum(id15)).toBe(id15 + checksum);
  });

  it('takes both lengths and refuses a wrong checksum', () => {
    expect(toId18('0065500000KQ12X')).toBe('0065500000KQ12XAAT');
    expect(toId18('0065500000KQ12XAAT')).toBe('0065500000KQ12XAAT');
    expect(toId18('0065500000KQ12XAAA')).toBeNull();
    expect(toId18('006')).toBeNull();
  });

  it('hands out ids of each object in ascending byte order', () => {
    const source = createIdSource();

    const ids = Array.from({ length: 200 }, () => source.next('006'));

    expect([...ids].sort()).toEqual(ids);
    expect(new Set(ids).size).toBe(200);
    expect(ids.every((id) => id.startsWith('006') && toId18(id) === id)).toBe(true);
  });
});
