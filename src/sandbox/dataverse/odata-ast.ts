/** What a `$filter` says. */

export type Literal =
  | { readonly type: 'null'; readonly value: null }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'number'; readonly value: number }
  /** `string`: quoted; `guid`, `day`, `stamp`: bare; `enum`: quoted behind a type's name. */
  | { readonly type: 'string' | 'guid' | 'day' | 'stamp' | 'enum'; readonly value: string };

export type Operand =
  | { readonly kind: 'path'; readonly segments: readonly string[] }
  | { readonly kind: 'literal'; readonly literal: Literal };

export type Comparison = 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le';
export type TextTest = 'contains' | 'startswith' | 'endswith';

export type Expression =
  | { readonly kind: 'and' | 'or'; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'not'; readonly inner: Expression }
  | {
      readonly kind: 'compare';
      readonly operator: Comparison;
      readonly left: Operand;
      readonly right: Operand;
    }
  | { readonly kind: 'text'; readonly test: TextTest; readonly subject: Operand; readonly text: Operand }
  /** A query function of the platform's own, such as `Microsoft.Dynamics.CRM.In(…)`. */
  | {
      readonly kind: 'query';
      readonly name: string;
      readonly property: string;
      readonly values: readonly string[];
    }
  | {
      readonly kind: 'lambda';
      readonly quantifier: 'any' | 'all';
      readonly path: readonly string[];
      readonly variable: string | null;
      readonly body: Expression | null;
    };

export const NULL: Literal = { type: 'null', value: null };
