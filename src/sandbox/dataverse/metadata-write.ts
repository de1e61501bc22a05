/** What all changes of metadata share. */
import { badRequest } from './dataverse-error.ts';
import { type ApiCall, type ApiContext, bodyOf } from './http.ts';
import { notDescribed } from './metadata-api.ts';
import { isRecord, type JsonRecord, textOf } from './values.ts';

/** A body that must be an object. @throws DataverseError */
export function recordBody(call: ApiCall): JsonRecord {
  const body = bodyOf(call, 'EntityDefinitions');
  if (isRecord(body)) return body;
  throw badRequest('0x80048d19', 'The body must be an object.');
}

/** The solution that a header names must be there; what is made is listed in it. */
export function noteInSolution(
  { org }: ApiContext,
  call: ApiCall,
  objectId: string,
  componentType: number,
): void {
  const name = call.headers['mscrm.solutionuniquename'];
  if (name === undefined) return;
  const solution = [...org.store.rows('solution')].find(
    ({ values }) => textOf(values, 'uniquename') === name,
  );
  if (solution === undefined) throw notDescribed(`a solution with the unique name ${name}`);
  const solutionid = { table: 'solution', id: solution.id };
  org.load('solutioncomponent', { objectid: objectId, componenttype: componentType, solutionid });
}

/** Custom names start with a publisher's prefix. */
export function checkPrefix({ org }: ApiContext, schemaName: string, kind: string): void {
  const prefix = schemaName.split('_')[0]?.toLowerCase() ?? '';
  const isKnown = [...org.store.rows('publisher')].some(
    ({ values }) => textOf(values, 'customizationprefix')?.toLowerCase() === prefix,
  );
  if (isKnown && schemaName.includes('_')) return;
  throw badRequest(
    '0x80044366',
    `The schema name ${schemaName} for type ${kind} is invalid or missing.Custom attribute, entity, entitykey, option set and relationship names must start with a valid customization prefix.`,
  );
}
