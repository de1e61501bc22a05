/** The service document, and the description of all types in CSDL. */

import { edmType } from './coerce.ts';
import { wireName } from './column.ts';
import { type ApiAnswer, type ApiCall, type ApiContext, contextUrl } from './http.ts';
import { isVisible } from './parts.ts';
import type { Table } from './table.ts';

const NAMESPACE = 'Microsoft.Dynamics.CRM';

/** `GET {api}/`: the entity sets. */
export function serviceDocument({ org }: ApiContext, call: ApiCall): ApiAnswer {
  const value = [...org.schema.tables()].map(({ entitySet }) => ({
    name: entitySet,
    kind: 'EntitySet',
    url: entitySet,
  }));
  return { status: 200, json: { '@odata.context': contextUrl(call, '').replace(/#$/, ''), value } };
}

function entityType({ org, actor }: ApiContext, table: Table): string {
  const columns = [...table.columns.values()].filter((column) => isVisible(org.parts, actor, table, column));
  const properties = columns.map(
    (column) => `<Property Name="${wireName(column)}" Type="${edmType(column)}" />`,
  );
  const navigations = org.schema
    .navigations(table)
    .map(
      ({ column, target, table: to }) =>
        `<NavigationProperty Name="${target.navigation}" Type="mscrm.${to.name}" Nullable="false" Partner="${target.collection}"><ReferentialConstraint Property="${wireName(column)}" ReferencedProperty="${to.primaryId}" /></NavigationProperty>`,
    );
  const collections = org.schema
    .collections(table)
    .map(
      ({ table: from, target }) =>
        `<NavigationProperty Name="${target.collection}" Type="Collection(mscrm.${from.name})" Partner="${target.navigation}" />`,
    );
  const key = `<Key><PropertyRef Name="${table.primaryId}" /></Key>`;
  return `<EntityType Name="${table.name}">${key}${[...properties, ...navigations, ...collections].join('')}</EntityType>`;
}

function bindings({ org }: ApiContext, table: Table): string {
  const single = org.schema
    .navigations(table)
    .map(
      ({ target, table: to }) =>
        `<NavigationPropertyBinding Path="${target.navigation}" Target="${to.entitySet}" />`,
    );
  return `<EntitySet Name="${table.entitySet}" EntityType="${NAMESPACE}.${table.name}">${single.join('')}</EntitySet>`;
}

const CLOSE = ['WinOpportunity', 'LoseOpportunity']
  .map(
    (name) =>
      `<Action Name="${name}"><Parameter Name="OpportunityClose" Type="mscrm.opportunityclose" Nullable="false" /><Parameter Name="Status" Type="Edm.Int32" Nullable="false" /></Action>`,
  )
  .join('');
const IMPORTS = ['WinOpportunity', 'LoseOpportunity']
  .map((name) => `<ActionImport Name="${name}" Action="${NAMESPACE}.${name}" />`)
  .join('');

/** `GET {api}/$metadata` */
export function metadataDocument(context: ApiContext): ApiAnswer {
  const tables = [...context.org.schema.tables()];
  const types = tables.map((table) => entityType(context, table)).join('');
  const sets = tables.map((table) => bindings(context, table)).join('');
  const text = `<?xml version="1.0" encoding="utf-8"?><edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices><Schema Namespace="${NAMESPACE}" Alias="mscrm" xmlns="http://docs.oasis-open.org/odata/ns/edm">${types}${CLOSE}<EntityContainer Name="System">${sets}${IMPORTS}</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>`;
  return { status: 200, text, contentType: 'application/xml' };
}
