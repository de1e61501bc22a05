/** A refusal in the shape that the REST API gives it. */

export interface ErrorItem {
  readonly code: string;
  readonly message: string;
  readonly fields?: readonly string[];
}

/** One or more errors of a request or of one record. */
export class SalesforceError extends Error {
  override readonly name = 'SalesforceError';
  /** HTTP status when it is the answer of a whole request. */
  readonly status: number;
  readonly items: readonly ErrorItem[];
  /** Further members of the first item in a single-record answer, such as `duplicateResult`. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(status: number, items: readonly ErrorItem[], details: Readonly<Record<string, unknown>> = {}) {
    super(items.map(({ code, message }) => `${code}: ${message}`).join('; '));
    this.status = status;
    this.items = items;
    this.details = details;
  }

  /** Code of the first error. */
  get code(): string {
    return this.items[0]?.code ?? 'UNKNOWN_EXCEPTION';
  }

  /** The body of a failed request: a list with `errorCode`. */
  get body(): unknown[] {
    return this.items.map(({ code, message, fields }, index) => ({
      message,
      errorCode: code,
      ...(fields === undefined ? {} : { fields }),
      ...(index === 0 ? this.details : {}),
    }));
  }

  /** The errors of one record in a collection: `statusCode`, and `fields` always. */
  get saveErrors(): unknown[] {
    return this.items.map(({ code, message, fields }) => ({
      statusCode: code,
      message,
      fields: fields ?? [],
    }));
  }
}

/** One error with one code. */
export function refuse(
  code: string,
  message: string,
  fields?: readonly string[],
  status = 400,
): SalesforceError {
  return new SalesforceError(status, [{ code, message, ...(fields === undefined ? {} : { fields }) }]);
}

export function notFound(message = 'The requested resource does not exist'): SalesforceError {
  return refuse('NOT_FOUND', message, undefined, 404);
}

export function unknownColumn(column: string, object: string): SalesforceError {
  return refuse('INVALID_FIELD', `No such column '${column}' on sobject of type ${object}`);
}
