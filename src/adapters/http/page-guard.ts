import { RemoteError, type System } from '../../core/errors.ts';

/** More than any list of ours can have, at the smallest page size that the remotes use. */
const MAX_PAGES = 10_000;

/**
 * Watches a walk from page to page: a link that came before leads round in a circle, and more pages than this lead
 * nowhere either.
 * @returns takes the link of each next page before it is followed; throws RemoteError `unavailable` when it must not be
 */
export function createPageGuard(
  operation: string,
  system: System,
  maxPages = MAX_PAGES,
): (link: string) => void {
  const followed = new Set<string>();
  return (link) => {
    if (!followed.has(link) && followed.size < maxPages - 1) return void followed.add(link);
    throw new RemoteError(
      `${operation} failed: the list of pages does not end. It is tried again in the next run; if it stays, report it to the provider.`,
      { code: 'unavailable', system },
    );
  };
}
