/** From a draft to the request that creates it, so that a create sent twice cannot make two rows. */
import { createHash } from 'node:crypto';
import type { ReferralId } from '../../core/ids.ts';
import type { AccountDraft, CrmValue } from '../../core/ports.ts';
import { OPEN } from './closing.ts';
import type { Columns } from './columns.ts';
import type { BatchItem, BatchPart } from './multipart.ts';
import { nameText, queryText, quote } from './odata.ts';
import type { Operation } from './operations.ts';
import { isAccount, segmentsOf } from './shape.ts';
import type { View } from './view.ts';

/** A draft with its columns resolved. */
export interface Ready {
  readonly index: number;
  readonly referralId: ReferralId;
  readonly columns: Columns;
  readonly customerId: string | null;
  /** The customer is a contact. */
  readonly isPerson: boolean;
  /** The account to create in the same breath; what identifies its content. */
  readonly account: { readonly content: string; readonly body: Readonly<Record<string, CrmValue>> } | null;
}

/** An id that follows from the referral's, so that a create sent twice meets itself instead of making a second row. */
export function guidFor(table: 'opportunity' | 'account', referralId: ReferralId): string {
  return guidOf(`${table}:${referralId}`);
}

/** An id that follows from what a row is about. */
export function guidOf(subject: string): string {
  const hex = createHash('sha256').update(`cosell-sync:${subject}`).digest('hex').split('');
  // A GUID of version 8 (made by a rule of our own) and of the usual variant.
  hex[12] = '8';
  hex[16] = 'a';
  const text = hex.slice(0, 32).join('');
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join(
    '-',
  );
}

/** The draft's keys are customer keys (`city`) or paths (`customerid.address1_city`); the account's own columns are sent. */
export function accountOf({ values }: AccountDraft, { shape, selection }: View): Ready['account'] {
  const customer: Readonly<Record<string, string | undefined>> = selection.customer;
  const body: Record<string, CrmValue> = {};
  for (const [key, value] of Object.entries(values)) {
    const path = customer[key] ?? key;
    const target = shape.lookups.find((lookup) => lookup.path === path)?.targets.find(isAccount);
    const column = target === undefined ? segmentsOf(path).second : target.column;
    if (column !== null && value !== null && value !== '')
      body[nameText(column)] = target?.kind === 'text' ? String(value) : value;
  }
  return { content: JSON.stringify(Object.entries(body).sort()), body };
}

/** The request for a draft; its account, if it needs one, is made with it or not at all. */
export function operationFor(
  root: string,
  { referralId, columns, customerId: existing, isPerson, account }: Ready,
  view: View,
): Operation {
  const { shape, referralIdColumn } = view;
  const status = shape.statuses.find(({ value }) => value === columns.status);
  const newAccountId = account === null ? null : guidFor('account', referralId);
  const customerId = newAccountId ?? existing;
  const customerKind = isPerson && newAccountId === null ? 'contact' : 'account';
  const body: Record<string, unknown> = {
    // At creation an empty value would only switch off the environment's own default.
    ...Object.fromEntries(Object.entries(columns.body).filter(([, value]) => value !== null)),
    // A deal is created open; it is closed by an action.
    ...(status !== undefined && (status.state ?? OPEN) === OPEN ? { statuscode: status.value } : {}),
    ...(customerId === null
      ? {}
      : { [`customerid_${customerKind}@odata.bind`]: `/${customerKind}s(${customerId})` }),
  };
  delete body[referralIdColumn];
  const select = queryText({ $select: 'opportunityid' });
  const create: BatchPart = shape.isKeyed
    ? {
        method: 'PATCH',
        // Columns of the key come from the URL.
        url: `${root}/opportunities(${referralIdColumn}=${quote(referralId)})${select}`,
        headers: { 'If-None-Match': '*', Prefer: 'return=representation' },
        body,
      }
    : {
        method: 'POST',
        url: `${root}/opportunities${select}`,
        headers: { Prefer: 'return=representation' },
        body: { ...body, opportunityid: guidFor('opportunity', referralId), [referralIdColumn]: referralId },
      };
  const item: BatchItem =
    account === null
      ? create
      : {
          changeSet: [
            { method: 'POST', url: `${root}/accounts`, body: { ...account.body, accountid: newAccountId } },
            create,
          ],
        };
  return { operation: `Create the opportunity of referral ${referralId}`, item };
}
