/** How much a command prints of what has no end. */
import { expect, it } from 'vitest';
import { renderList } from '../../../src/cli/attention-report.ts';
import { paintWith } from '../../../src/cli/format.ts';
import { attention } from '../../contract/ledger-samples.ts';

it.each([
  [20, 20, null],
  [21, 20, 'and 1 more (--json lists all)'],
  [5_000, 20, 'and 4980 more (--json lists all)'],
])('of %i items with one cause %i are listed', (number, listed, rest) => {
  const items = Array.from({ length: number }, (_, n) => ({
    connection: 'contoso',
    item: attention(n, { id: `aa${String(n).padStart(6, '0')}` }),
  }));

  const text = renderList(items, { paint: paintWith(false), width: 100 });

  expect(text.match(/^ {2}aa\d{6} /gm)).toHaveLength(listed);
  if (rest === null) expect(text).not.toContain('more');
  else expect(text).toContain(rest);
});
