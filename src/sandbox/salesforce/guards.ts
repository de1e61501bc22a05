/** What an administrator or another user can put in a write's way: validation rules, duplicate rules, row locks. */
import type { ErrorItem } from './salesforce-error.ts';
import type { Values } from './values.ts';

/** Refuses a save when the rule fails. */
export interface ValidationRule {
  readonly object: string;
  /** Shown to the client as it stands. */
  readonly message: string;
  /** The column that the message is shown at; none puts it at the top of the page. */
  readonly field?: string;
  /** A condition as after WHERE, or a function, that holds when the record must not be saved. */
  readonly failsWhen: string | ((after: Values, before: Values | null) => boolean);
}

/** Finds records that agree in all the columns, whatever the case. */
export interface DuplicateRule {
  readonly object: string;
  readonly fields: readonly string[];
  readonly name: string;
  /** `alert` can be overridden by the caller, `block` cannot. */
  readonly action: 'block' | 'alert';
}

export interface Guards {
  readonly validationRules: readonly ValidationRule[];
  readonly duplicateRules: readonly DuplicateRule[];
  /** @returns a function that removes the rule */
  addValidationRule(rule: ValidationRule): () => void;
  addDuplicateRule(rule: DuplicateRule): () => void;
  /** The next `times` writes of the record find it locked. */
  lockRow(id: string, times?: number): void;
  unlockRow(id: string): void;
  /** The error for a locked record; uses up one of its times. */
  takeLock(id: string): ErrorItem | null;
}

/** The error of a row that somebody else holds. */
export function lockError(id: string): ErrorItem {
  return {
    code: 'UNABLE_TO_LOCK_ROW',
    message: `unable to obtain exclusive access to this record or 1 records: ${id}`,
    fields: [],
  };
}

/** No rules and no locks. */
export function createGuards(): Guards {
  const validationRules: ValidationRule[] = [];
  const duplicateRules: DuplicateRule[] = [];
  const locks = new Map<string, number>();

  function add<T>(list: T[], item: T): () => void {
    list.push(item);
    return () => {
      const index = list.indexOf(item);
      if (index >= 0) list.splice(index, 1);
    };
  }

  return {
    validationRules,
    duplicateRules,
    addValidationRule: (rule) => add(validationRules, rule),
    addDuplicateRule: (rule) => add(duplicateRules, rule),
    lockRow: (id, times = 1) => void locks.set(id, times),
    unlockRow: (id) => void locks.delete(id),
    takeLock(id) {
      const left = locks.get(id) ?? 0;
      if (left <= 0) return null;
      locks.set(id, left - 1);
      return lockError(id);
    },
  };
}
