/**
 * Adding the columns of a mapping: each through the Tooling API, then a permission set that lets the signed-in user
 * read and edit them, because nobody sees a column that was made through the API until it is granted.
 */
import { RemoteError } from '../../core/errors.ts';
import type { ColumnShape, ColumnsCreated, NewColumn } from '../../core/ports.ts';
import type { SalesforceClient } from './client.ts';
import { unreadable } from './errors.ts';
import { findRelationship, type Org } from './org.ts';
import { QueryAnswer, type Row, SaveResults } from './schema.ts';
import { chunksOf, quote } from './soql.ts';

const PERMISSION_SET = {
  Name: 'Cosell_Sync',
  Label: 'Co-sell Sync',
  Description: 'Read and edit access to the columns that cosell-sync keeps.',
};
const MAX_LABEL_LENGTH = 40;
/** Rows in one collection. */
const MAX_ROWS = 200;
/** A name with a package's namespace before it; only the package's owner can add such columns. */
const PACKAGED = /^[A-Za-z][A-Za-z0-9]*__\w+__c$/;
/** Lines that Microsoft's connector shows of a long text. */
const VISIBLE_LINES = 4;

/** A column's definition, as the Metadata API writes it. */
export type FieldMetadata = Readonly<Record<string, unknown>> & {
  readonly label: string;
  readonly type: string;
};

/** The metadata of a column: `defaultValue` is text there, also a checkbox's. */
export function fieldMetadata(column: NewColumn): FieldMetadata {
  const name = column.path.split('.').at(-1) ?? column.path;
  const label = column.label ?? name.replace(/__c$/, '').replaceAll('_', ' ');
  return {
    label: label.slice(0, MAX_LABEL_LENGTH),
    description: `For cosell-sync: ${column.use}.`,
    ...typeMetadata(column.shape),
  };
}

function typeMetadata(shape: ColumnShape): { readonly type: string } & Readonly<Record<string, unknown>> {
  switch (shape.kind) {
    case 'text': {
      // Ids differ in case at most by mistake, so two that differ only there must not both be taken.
      const key = shape.isKey === true ? { externalId: true, unique: true, caseSensitive: false } : {};
      return { type: 'Text', length: shape.length, ...key };
    }
    case 'longText':
      return { type: 'LongTextArea', length: shape.length, visibleLines: VISIBLE_LINES };
    case 'choice': {
      const value = shape.choices.map((choice) => ({ fullName: choice, label: choice, default: false }));
      return {
        type: 'Picklist',
        valueSet: { restricted: true, valueSetDefinition: { sorted: false, value } },
      };
    }
    case 'url':
      return { type: 'Url' };
    case 'flag':
      return { type: 'Checkbox', defaultValue: 'false' };
    case 'money':
      return { type: 'Currency', precision: 18, scale: 2 };
    case 'date':
      return { type: 'Date' };
    case 'email':
      return { type: 'Email' };
  }
}

export interface SetupContext {
  readonly client: SalesforceClient;
  readonly org: Org;
}

/** A column and the object that it belongs to. */
interface Target {
  readonly column: NewColumn;
  readonly object: string;
  /** `Opportunity.Audit__c` */
  readonly fullName: string;
}

/**
 * Creates columns that the signed-in user cannot see, and grants them. One that exists already is only granted, so
 * repeating this after a failure is safe. A missing right is told as a problem, once.
 * @throws RemoteError when Salesforce cannot be used at all (sign-in, no answer, quota)
 */
export async function createMissingColumns(
  { client, org }: SetupContext,
  columns: readonly NewColumn[],
  signal: AbortSignal,
): Promise<ColumnsCreated> {
  const { targets, problems } = await targetsOf(org, columns, signal);
  const present: Target[] = [];
  for (const target of targets) {
    try {
      await createField(client, target, signal);
      present.push(target);
    } catch (error) {
      const refusal = asRefusal(error);
      if (refusal.remoteCode === 'DUPLICATE_DEVELOPER_NAME') {
        present.push(target);
        continue;
      }
      problems.push(refusal.message);
      if (isMissingRight(refusal)) {
        problems.push(
          'The signed-in user needs the right "Customize Application" for this; an administrator can make the columns by hand.',
        );
        break;
      }
    }
  }
  if (present.length === 0) return { created: [], problems };
  try {
    await grant(client, present, signal);
  } catch (error) {
    problems.push(
      asRefusal(error).message,
      `The signed-in user could not be given access to the new columns. In Salesforce: Setup > Permission Sets > ${PERMISSION_SET.Label} (or a new one): give read and edit access to ${present.map(({ fullName }) => fullName).join(', ')}, and assign it to the integration user.`,
    );
  }
  org.forget();
  const missing = new Set(await org.findMissing(signal));
  return { created: present.map(({ column }) => column.path).filter((path) => !missing.has(path)), problems };
}

/** Which object each column belongs to: the opportunity, or what a lookup leads to. */
async function targetsOf(org: Org, columns: readonly NewColumn[], signal: AbortSignal) {
  const opportunity = await org.describe('Opportunity', signal);
  const targets: Target[] = [];
  const problems: string[] = [];
  for (const column of columns) {
    const [first = '', second] = column.path.split('.');
    const name = second ?? first;
    const object =
      second === undefined ? 'Opportunity' : findRelationship(opportunity, first)?.referenceTo?.[0];
    if (object === undefined) {
      problems.push(
        `${column.path}: opportunities have no lookup ${first}. Correct the mapping, or make the lookup.`,
      );
    } else if (PACKAGED.test(name)) {
      problems.push(
        `${column.path} belongs to the package ${name.split('__')[0]}. Install the package, or correct the mapping.`,
      );
    } else if (column.shape.kind === 'choice' && column.shape.choices.length === 0) {
      problems.push(`${column.path}: its values are not known. Make this picklist by hand.`);
    } else {
      targets.push({ column, object, fullName: `${object}.${name}` });
    }
  }
  return { targets, problems };
}

async function createField(client: SalesforceClient, { column, fullName }: Target, signal: AbortSignal) {
  await client.call({
    operation: `Create column ${fullName}`,
    method: 'POST',
    path: '/tooling/sobjects/CustomField',
    body: { FullName: fullName, Metadata: fieldMetadata(column) },
    isWrite: true,
    signal,
  });
}

/** Makes the permission set, the grants and the assignment, each only where it is missing. */
async function grant(client: SalesforceClient, targets: readonly Target[], signal: AbortSignal) {
  const { userId } = await client.signIn(signal);
  if (userId === null) {
    throw new RemoteError('Granting access failed: Salesforce did not say who is signed in.', {
      code: 'rejected',
      system: 'crm',
    });
  }
  const query = (soql: string): Promise<readonly Row[]> => readRows(client, soql, signal);
  const save = (operation: string, rows: readonly Row[]) => createRows(client, { operation, rows, signal });

  const sets = await query(`SELECT Id FROM PermissionSet WHERE Name = ${quote(PERMISSION_SET.Name)}`);
  const setId =
    idOf(sets[0]) ??
    (await save('Create the permission set', [row('PermissionSet', PERMISSION_SET)]))[0] ??
    '';
  const held = await query(`SELECT Field FROM FieldPermissions WHERE ParentId = ${quote(setId)}`);
  const granted = new Set(held.map(({ Field }) => String(Field).toLowerCase()));
  await save(
    'Grant the new columns',
    targets
      .filter(({ fullName }) => !granted.has(fullName.toLowerCase()))
      .map(({ object, fullName }) =>
        row('FieldPermissions', {
          ParentId: setId,
          SobjectType: object,
          Field: fullName,
          PermissionsRead: true,
          PermissionsEdit: true,
        }),
      ),
  );
  const assigned = await query(
    `SELECT Id FROM PermissionSetAssignment WHERE PermissionSetId = ${quote(setId)} AND AssigneeId = ${quote(userId)}`,
  );
  if (assigned.length === 0) {
    await save('Assign the permission set', [
      row('PermissionSetAssignment', { PermissionSetId: setId, AssigneeId: userId }),
    ]);
  }
}

function row(type: string, values: Row): Row {
  return { attributes: { type }, ...values };
}

function idOf(found: Row | undefined): string | null {
  return typeof found?.Id === 'string' ? found.Id : null;
}

async function readRows(
  client: SalesforceClient,
  soql: string,
  signal: AbortSignal,
): Promise<readonly Row[]> {
  const operation = 'Read the granted access';
  const answer = await client.call({
    operation,
    method: 'GET',
    path: `/query?q=${encodeURIComponent(soql)}`,
    isWrite: false,
    signal,
  });
  const parsed = QueryAnswer.safeParse(answer.body);
  if (!parsed.success) throw unreadable(operation, { ...answer, body: '' }, false);
  return parsed.data.records;
}

interface Creation {
  readonly operation: string;
  readonly rows: readonly Row[];
  readonly signal: AbortSignal;
}

/** Creates rows, all of a request or none, and returns their ids. @throws RemoteError for the first that is refused */
async function createRows(
  client: SalesforceClient,
  { operation, rows, signal }: Creation,
): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const records of chunksOf(rows, MAX_ROWS)) {
    const answer = await client.call({
      operation,
      method: 'POST',
      path: '/composite/sobjects',
      body: { allOrNone: true, records },
      isWrite: true,
      signal,
    });
    const results = SaveResults.safeParse(answer.body);
    if (!results.success) throw unreadable(operation, { ...answer, body: '' }, true);
    const failed = results.data.flatMap(({ errors }) => errors);
    const telling = failed.find(({ code }) => code !== 'ALL_OR_NONE_OPERATION_ROLLED_BACK') ?? failed[0];
    if (telling !== undefined) {
      throw new RemoteError(`${operation} failed: ${telling.code ?? 'refused'}.`, {
        code: 'rejected',
        system: 'crm',
        remoteCode: telling.code,
        fields: telling.fields,
      });
    }
    ids.push(...results.data.flatMap(({ id }) => id ?? []));
  }
  return ids;
}

/** The error as one of this record or right; what makes all further calls pointless is thrown on. */
function asRefusal(error: unknown): RemoteError {
  if (!(error instanceof RemoteError)) throw error;
  if (error.isTransient || error.code === 'unauthorized' || error.code === 'quota') throw error;
  return error;
}

/** Without the right, the Tooling API refuses the call or denies that there is such an object. */
function isMissingRight({ code, remoteCode }: RemoteError): boolean {
  return code === 'forbidden' || code === 'not-visible' || remoteCode === 'INVALID_TYPE';
}
