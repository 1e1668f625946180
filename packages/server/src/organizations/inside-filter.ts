import type { ListFilter } from '@atelier/access'
import { type RawBuilder, sql, type SqlBool } from 'kysely'
import { all, anywhere, wordsOf } from '../db/search.ts'
import { isUuid } from '../platform/ids.ts'

/** What is asked of a list of things that lie in organizations and belong to nobody. */
export interface InsideQuery {
  readonly organization: string | undefined
  readonly q: string | undefined
}

/** The condition that a filter and a query make: such a filter is all, none, or some organizations. */
export function visibleInside(
  filter: ListFilter,
  { organization, q }: InsideQuery,
  columns: { readonly organizationId: RawBuilder<string>; readonly text: RawBuilder<string> },
): RawBuilder<SqlBool> {
  const { organizationId, text } = columns
  const conditions = wordsOf(q).map((word) => sql<SqlBool>`${text} like ${anywhere(word)}`)
  if (filter.kind === 'none') conditions.push(sql<SqlBool>`false`)
  if (filter.kind === 'some') {
    conditions.push(sql<SqlBool>`${organizationId} = any(${filter.organizations}::uuid[])`)
  }
  if (organization !== undefined) {
    conditions.push(
      isUuid(organization)
        ? sql<SqlBool>`${organizationId} = ${organization}::uuid`
        : sql<SqlBool>`false`,
    )
  }
  return all(conditions)
}
