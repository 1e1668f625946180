import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import organization from '../test/org-roles.json' with { type: 'json' }
import site from '../test/site-roles.json' with { type: 'json' }
import { holds, publishedMarks } from './marks.ts'
import {
  marks,
  organizationRoles,
  organizationTable,
  parseOrganizationRole,
  resourceNames,
  resources,
  type Role,
  roleMeanings,
  roleNames,
  siteRoles,
  siteTable,
} from './tables.ts'

const page = readFileSync(new URL('../../../docs/roles.md', import.meta.url), 'utf8')

/** Reads every table of the page that starts with this column, without its header. */
function tablesOf(firstColumn: string): string[][][] {
  return page
    .split(/\n\n/)
    .filter((block) => new RegExp(`^\\| ${firstColumn} `).test(block))
    .map((block) =>
      block
        .trim()
        .split('\n')
        .filter((line) => !line.startsWith('| -'))
        .map((line) =>
          line
            .split('|')
            .slice(1, -1)
            .map((cell) => cell.trim()),
        ),
    )
}

/** Compares a table of marks with the code, cell by cell, and counts the cells. */
function compare(published: (role: Role, resource: string) => readonly string[], roles: Role[]) {
  let cells = 0
  for (const role of roles) {
    for (const resource of resources) {
      for (const mark of marks) {
        const where = `${role} ${resource} ${mark}`
        const expected = published(role, resource).includes(mark)
        expect([where, holds(role, resource, mark) === 'published']).toEqual([where, expected])
        cells += 1
      }
    }
  }
  return cells
}

test('the names and their order are the published ones', () => {
  expect(site.resources).toEqual(resources)
  expect(organization.resources).toEqual(resources)
  expect(site.operation_order).toEqual(marks)
  expect(Object.keys(siteTable)).toEqual(resources)
  expect(Object.keys(organizationTable)).toEqual(organization.tabulated_resources)
  expect(Object.keys(organization.roles)).toEqual(organizationRoles)
})

test('the site table equals the published data in all 480 cells', () => {
  const data: Record<string, Record<string, string[]>> = {
    ...site.roles,
    'site-auditor': site.roles.auditor,
    'site-member': site.roles.member,
  }
  const read = (role: Role, resource: string) => data[role]?.[resource] ?? ['missing']
  expect(compare(read, [...siteRoles])).toBe(480)
})

test('the organization table equals the published data in all 600 cells', () => {
  const data: Record<string, Record<string, string[]>> = organization.roles
  const read = (role: Role, resource: string) => data[role]?.[resource] ?? ['missing']
  expect(compare(read, [...organizationRoles])).toBe(600)
})

test('docs/roles.md shows both tables, cell by cell, and the one inherited mark', () => {
  const [siteRows, organizationRows, ...others] = tablesOf('Resource')
  expect(others).toEqual([])
  expect(siteRows?.[0]).toEqual(['Resource', ...siteRoles.map((role) => roleNames[role])])
  expect(organizationRows?.[0]).toEqual([
    'Resource',
    ...organizationRoles.map((role) => sentence(roleNames[role].replace('Organization ', ''))),
  ])
  expect(siteRows?.slice(1).map((row) => row[0])).toEqual(
    resources.map((resource) => resourceNames[resource]),
  )

  const read = (rows: string[][] | undefined, roles: readonly Role[]) => {
    const cellOf = (role: Role, resource: string) => {
      const row = rows?.find(([name]) => name === resourceNames[resource as never])
      return (row?.[roles.indexOf(role) + 1] ?? '').split(' ').filter((word) => word !== '')
    }
    for (const role of roles) {
      for (const resource of resources) {
        const inherited = marks
          .filter((mark) => holds(role, resource, mark) === 'inherited')
          .map((mark) => `(+${mark})`)
        expect([role, resource, ...cellOf(role, resource)]).toEqual([
          role,
          resource,
          ...publishedMarks(role, resource),
          ...inherited,
        ])
      }
    }
    return compare(cellOf, [...roles])
  }
  expect(read(siteRows, siteRoles)).toBe(480)
  expect(read(organizationRows, organizationRoles)).toBe(600)
  expect(page.match(/\(\+\w+\)/g)).toEqual(['(+Ro)'])
})

test('docs/roles.md says every role by name, API name and meaning', () => {
  const rows = tablesOf('Role').flatMap((table) => table.slice(1))
  expect(rows).toEqual(
    [...siteRoles, ...organizationRoles].map((role) => [
      roleNames[role],
      `\`${role}\``,
      roleMeanings[role],
    ]),
  )
})

test('an organization role is read by its API name, and by the one older name', () => {
  for (const role of organizationRoles) expect(parseOrganizationRole(role)).toBe(role)
  expect(parseOrganizationRole('organization-admin')).toBe('organization-super-manager')
  for (const text of ['', 'site-admin', 'manager', 'Organization-Member', 'constructor']) {
    expect(parseOrganizationRole(text)).toBeUndefined()
  }
})

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
