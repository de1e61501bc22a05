import { expect, it } from 'vitest';
import { createPageGuard } from '../../../src/adapters/http/index.ts';

it('a walk from page to page may go on as long as every link is new, but not for ever', () => {
  const follow = createPageGuard('List things', 'crm', 4);

  for (const link of ['a', 'b', 'c']) follow(link);

  expect(() => follow('d')).toThrow(/List things failed: the list of pages does not end/);
});

it('a link that came before ends the walk', () => {
  const follow = createPageGuard('List things', 'crm');
  follow('a');
  follow('b');

  expect(() => follow('a')).toThrow(/does not end/);
});
