/** `$orderby`, and the total order that paging needs. */
import { syntaxError, tokenize } from './odata-lexer.ts';
import type { Property, Scope } from './odata-match.ts';
import { folded, order, type Scalar } from './odata-values.ts';
import { splitTop } from './query-options.ts';
import type { Row } from './store.ts';

/** The order of rows; equal ones follow each other by id. */
export interface Ordering {
  compare(left: Row, right: Row): number;
  /** What a row is ordered by; its id comes last. */
  position(row: Row): readonly Scalar[];
  /** Whether a row comes after a position. */
  isAfter(row: Row, position: readonly Scalar[]): boolean;
}

interface Term {
  readonly property: Property<Row>;
  readonly way: 1 | -1;
}

/** @throws DataverseError for unknown names and anything that is no order */
export function readOrdering(
  text: string | null,
  aliases: ReadonlyMap<string, string>,
  scope: Scope<Row>,
): Ordering {
  const terms: Term[] = splitTop(text ?? '', ',').map((part) => {
    const words = tokenize(part, aliases).flatMap((token) => ('text' in token ? [token.text] : []));
    const last = words[words.length - 1];
    const isDescending = last === 'desc';
    const path = last === 'asc' || isDescending ? words.slice(0, -1) : words;
    const segments = path.filter((word) => word !== '/');
    if (segments.length * 2 - 1 !== path.length) throw syntaxError(`'${part}' is not valid in $orderby.`);
    return { property: scope.property(segments), way: isDescending ? -1 : 1 };
  });
  const position = (row: Row): Scalar[] => [
    ...terms.map(({ property }) => folded(property.read(row))),
    row.id,
  ];
  const between = (left: readonly Scalar[], right: readonly Scalar[]): number => {
    for (const [index, value] of left.entries()) {
      const way = order(value, right[index] ?? null) * (terms[index]?.way ?? 1);
      if (way !== 0) return way;
    }
    return 0;
  };
  return {
    compare: (left, right) => between(position(left), position(right)),
    position,
    isAfter: (row, at) => between(position(row), at) > 0,
  };
}
