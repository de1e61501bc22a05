/** A query as it was written. Names are not looked up yet; `at` is an offset into the text, for messages. */

export interface Path {
  /** `Account.Owner.Name` as its parts. */
  readonly parts: readonly string[];
  readonly at: number;
}

export type AggregateName = 'count' | 'count_distinct' | 'sum' | 'avg' | 'min' | 'max';

export type SelectItem =
  | { readonly type: 'field'; readonly path: Path; readonly alias: string | null }
  | {
      readonly type: 'aggregate';
      readonly name: AggregateName;
      /** Null for `COUNT()`. */
      readonly path: Path | null;
      readonly alias: string | null;
    }
  | { readonly type: 'subquery'; readonly query: Query }
  | { readonly type: 'fields'; readonly group: 'all' | 'standard' | 'custom' };

export type Literal =
  | { readonly type: 'text'; readonly value: string }
  | { readonly type: 'number'; readonly value: number }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'null' }
  /** `YYYY-MM-DD`. */
  | { readonly type: 'date'; readonly value: string }
  /** A stamp. */
  | { readonly type: 'datetime'; readonly value: string }
  /** `TODAY`, `LAST_N_DAYS:30` … */
  | { readonly type: 'period'; readonly name: string; readonly count: number };

export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>=' | 'like';

export type Condition =
  | { readonly type: 'and' | 'or'; readonly terms: readonly Condition[] }
  | { readonly type: 'not'; readonly term: Condition }
  | {
      readonly type: 'compare';
      readonly path: Path;
      readonly operator: Comparison;
      readonly value: Literal;
      readonly aggregate?: AggregateName;
    }
  | {
      readonly type: 'in';
      readonly path: Path;
      readonly negated: boolean;
      readonly values: readonly Literal[] | Query;
    };

export interface OrderItem {
  readonly path: Path;
  readonly aggregate: AggregateName | null;
  readonly descending: boolean;
  readonly nullsLast: boolean;
}

export interface Query {
  readonly select: readonly SelectItem[];
  readonly from: Path;
  readonly where: Condition | null;
  readonly groupBy: readonly Path[];
  readonly having: Condition | null;
  readonly orderBy: readonly OrderItem[];
  readonly limit: number | null;
  readonly offset: number;
}
