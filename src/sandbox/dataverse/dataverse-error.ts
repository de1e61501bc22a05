/** Errors as the Web API gives them: a status, a code that is hexadecimal text, and a message. */

export interface ErrorOptions {
  readonly headers?: Readonly<Record<string, string>>;
}

/** The answer to a refused request. */
export class DataverseError extends Error {
  override readonly name = 'DataverseError';
  /** HTTP status. */
  readonly status: number;
  /** Such as `0x80040217`; empty where the platform gives none. */
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, { headers = {} }: ErrorOptions = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** A request that is wrong in itself. */
export function badRequest(code: string, message: string): DataverseError {
  return new DataverseError(400, code, message);
}

export function rowNotFound(table: string, id: string): DataverseError {
  return new DataverseError(404, '0x80040217', `${table} With Id = ${id} Does Not Exist`);
}

export function unknownSegment(segment: string): DataverseError {
  return new DataverseError(404, '0x8006088a', `Resource not found for the segment '${segment}'.`);
}

/** No route takes this path with this method. */
export function noSuchResource(uri: string): DataverseError {
  return new DataverseError(404, '', `No HTTP resource was found that matches the request URI '${uri}'.`);
}

export function unknownProperty(property: string, type: string): DataverseError {
  return badRequest(
    '0x0',
    `Could not find a property named '${property}' on type 'Microsoft.Dynamics.CRM.${type}'.`,
  );
}

/** Something in a body that cannot be read as what it should be. @param entitySet of the row that is written */
export function badPayload(entitySet: string, inner: string): DataverseError {
  return badRequest(
    '0x80048d19',
    `Error identified in Payload provided by the user for Entity :'${entitySet}', For more information on this error please follow this help link https://go.microsoft.com/fwlink/?linkid=2195293  ---->  InnerException : ${inner}`,
  );
}

export function versionMismatch(): DataverseError {
  return new DataverseError(
    412,
    '0x80060882',
    "The version of the existing record doesn't match the RowVersion property provided.",
  );
}
