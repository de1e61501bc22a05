/**
 * The lenses of a mapping file: an opportunity's columns to the canonical deal. A value that cannot be read is a problem
 * of its field alone; the field is then unknown and decides nothing.
 */
import type { Customer, Deal, FieldName } from './deal.ts';
import { specOf } from './fields.ts';
import { evaluateFilter } from './filter.ts';
import { parseDay } from './lenses/calendar.ts';
import { toAlpha2 } from './lenses/country.ts';
import { parseFlag } from './lenses/flag.ts';
import { parseHelp } from './lenses/help.ts';
import { CRM_SCALE, currencyScale, parseAmount, parseCurrency, roundToScale } from './lenses/money.ts';
import { parseSize } from './lenses/size.ts';
import { canonicalText, stripMarks } from './lenses/text.ts';
import { readPeople, readSolutions } from './mapping-lists.ts';
import { asText, isEmpty, type MappingProblem, type Reader, Unreadable } from './mapping-reader.ts';
import { readStage } from './mapping-stages.ts';
import type { CustomerKey, FieldMapping, Mapping } from './mapping-types.ts';
import type { CrmValue, OpportunityRecord } from './ports.ts';

export interface MappedOpportunity {
  readonly deal: Deal;
  readonly problems: readonly MappingProblem[];
  /** Fields whose value came from the mapping's default, or in part from the company's directory. */
  readonly defaulted: readonly FieldName[];
  /** Whether the mapping's `include` selects the record. */
  readonly inScope: boolean;
  /** The stage as the CRM names it, for messages and for how long it has held. */
  readonly stage: string | null;
}

/** Reads an opportunity as a deal. Never throws: what cannot be read is listed. */
export function toDeal(record: OpportunityRecord, mapping: Mapping): MappedOpportunity {
  const problems: MappingProblem[] = [];
  const defaulted: FieldName[] = [];
  const deal: Reader['deal'] = {};
  const reader: Reader = { record, mapping, problems, defaulted, deal };

  readColumns(reader);
  const country = readCustomer(reader);
  readPeople(reader, country);
  readSolutions(reader);
  const stage = readStage(reader);
  const inScope = !record.deleted && evaluateFilter(mapping.include, (column) => record.values[column]);
  return { deal, problems, defaulted, inScope, stage };
}

/** What a row says once these values were written to it, and nothing else: neither people nor rows of its own. */
export function writtenAsDeal(written: OpportunityRecord['values'], mapping: Mapping): Deal {
  const deal: Reader['deal'] = {};
  const paths = [
    ...mapping.fields.flatMap(({ crm }) => crm ?? []),
    ...mapping.solutions.from.flatMap((from) => ('path' in from ? from.path : [])),
  ];
  const values = { ...Object.fromEntries(paths.map((path) => [path, null])), ...written };
  const reader = { record: { values, people: {}, products: [] }, mapping, problems: [], defaulted: [], deal };
  readColumns(reader);
  readSolutions(reader);
  readStage(reader);
  return deal;
}

function readColumns(reader: Reader): void {
  const { mapping, deal } = reader;
  for (const field of mapping.fields) readField(reader, field);
  // Decimals that no coin of the currency can pay are rounding noise of the CRM, not an edit.
  if (typeof deal.amount === 'string')
    deal.amount = roundToScale(
      deal.amount,
      typeof deal.currency === 'string' ? currencyScale(deal.currency) : CRM_SCALE,
    );
}

function readField({ record, problems, defaulted, deal }: Reader, field: FieldMapping): void {
  const key = field.field;
  // The stage table alone says what the stage means; an entry here only carries the rule.
  if (specOf(key).group === 'state') return;
  const known = field.crm === null || Object.hasOwn(record.values, field.crm);
  const found = field.crm === null ? null : record.values[field.crm];
  let raw: CrmValue = found ?? null;
  if (isEmpty(found)) {
    // A hidden column is unknown, not empty; only the currency may be missing as a whole (single-currency orgs).
    if (field.default !== null && (known || key === 'currency')) {
      raw = field.default;
      defaulted.push(key);
    } else if (!known) return;
    else raw = null;
  } else if (field.map !== null) {
    const mapped = field.map[String(found)];
    if (mapped !== undefined) raw = mapped;
    else if (field.strict) {
      problems.push({
        field: key,
        code: 'unmapped-value',
        text: `${field.crm} holds "${String(found)}", which the mapping does not translate`,
      });
      return;
    }
  }
  const value = readValue(key, raw);
  if (value instanceof Unreadable) {
    problems.push({ field: key, code: 'unreadable', text: `${field.crm ?? key} ${value.why}` });
    return;
  }
  Object.assign(deal, { [key]: value });
}

function readValue(field: FieldName, raw: CrmValue): unknown {
  if (raw === null) return null;
  switch (specOf(field).kind) {
    case 'money':
      return readable(parseAmount(raw), `holds "${String(raw)}", which is not an amount`);
    case 'currency':
      return readable(parseCurrency(raw), `holds "${String(raw)}", which is not a currency code`);
    case 'date':
      return readable(parseDay(String(raw)) ?? undefined, `holds "${String(raw)}", which is not a date`);
    case 'flag':
      return readable(parseFlag(raw), `holds "${String(raw)}", which is neither yes nor no`);
    default:
      if (field === 'help')
        return readable(
          parseHelp(raw),
          `asks for "${String(raw)}", which is no kind of help Microsoft offers`,
        );
      return field === 'name' ? canonicalText(stripMarks(String(raw))) : canonicalText(String(raw));
  }
}

/** The lenses say `undefined` for what they cannot read. */
function readable(value: unknown, why: string): unknown {
  return value === undefined ? new Unreadable(why) : value;
}

function readCustomer({ record, mapping, problems, deal }: Reader): string | null {
  const path = mapping.customer;
  const value = (key: CustomerKey): CrmValue | undefined => {
    const at = path[key];
    return at === undefined ? undefined : record.values[at];
  };
  const text = (key: CustomerKey): string | null => asText(value(key));
  if (path.name !== undefined && !Object.hasOwn(record.values, path.name)) return null;
  const name = text('name');
  if (name === null) {
    deal.customer = null;
    return null;
  }
  const countryText = text('country');
  let country: string | null = null;
  if (countryText !== null) {
    const read = toAlpha2(countryText);
    if ('code' in read) country = read.code;
    else {
      const hint = read.candidates.length === 0 ? '' : ` (did you mean ${read.candidates.join(' or ')}?)`;
      const verdict =
        read.problem === 'ambiguous' ? 'could be several countries' : 'is not a country we know';
      problems.push({
        field: 'customer',
        code: 'country',
        text: `the customer's country "${countryText}" ${verdict}${hint}`,
      });
    }
  }
  const customer: Customer = {
    name,
    address: {
      line1: text('addressLine1'),
      line2: text('addressLine2'),
      city: text('city'),
      state: text('state'),
      postalCode: text('postalCode'),
      country,
    },
    duns: text('duns'),
    size: parseSize(value('size')) ?? null,
  };
  deal.customer = customer;
  return country;
}
