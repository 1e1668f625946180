import {
  assignSiteRoleToNewUser,
  mayCreateWithRole,
  type SiteRole,
  siteRoles,
} from '@atelier/access'
import { DisplayName, Email, Username } from '@atelier/api'
import { parse } from 'csv-parse/sync'
import { stringify } from 'csv-stringify'
import { pipeline, Readable } from 'node:stream'
import { change, type Context, demandPermission, denied, subjectOf } from '../context.ts'
import { filterFor } from '@atelier/access'
import { csvCell, csvStyle } from '../http/csv.ts'
import { Fault, invalid } from '../faults.ts'
import { allPages } from '../http/paging.ts'
import { insertNewUser, newSecret, newUserAttempt } from './create.ts'
import { listUsers } from './list-store.ts'
import { visibleMemberships } from './present.ts'
import { withinSight } from './service.ts'
import type { UserQuery } from './visible.ts'

interface Problem {
  readonly path: string
  readonly message: string
}

export interface ImportedLine {
  readonly line: number
  ok: boolean
  readonly email: string
  readonly username: string
  readonly name: string
  readonly role: string
  errors: Problem[]
  user_id: string | null
  password: string | null
}

const columns = ['name', 'username', 'email', 'role', 'organizations'] as const
const maxLines = 2000

/**
 * Creates users from CSV. A dry run names every bad line and changes nothing; a real run creates the
 * good lines, each in a transaction of its own, and answers each temporary password once.
 */
export async function importUsers(
  context: Context,
  csv: string,
  dryRun: boolean,
): Promise<ImportedLine[]> {
  const attempt = {
    action: 'create',
    resourceType: 'user',
    resourceId: '',
    target: 'import of users',
  } as const
  await demandPermission(context, attempt, 'create', { resource: 'users' }, 'user')
  const rows = readRows(csv)
  const lines: ImportedLine[] = []
  const organizations = await organizationIds(context)
  const taken = await takenNames(context, rows)

  for (const { line, row } of rows) {
    const role = row['role'] === undefined || row['role'] === '' ? 'site-member' : row['role']
    const result: ImportedLine = {
      line,
      ok: false,
      email: row['email'] ?? '',
      username: row['username'] ?? '',
      name: row['name'] ?? '',
      role,
      errors: [],
      user_id: null,
      password: null,
    }
    lines.push(result)

    const names = splitNames(row['organizations'])
    const ids = names.map((name) => organizations.get(name.toLowerCase()))
    result.errors = [
      ...fieldProblems(result, subjectOf(context).siteRole),
      ...takenProblems(result, taken),
      ...names
        .filter((_, index) => ids[index] === undefined)
        .map((name) => ({ path: 'organizations', message: `There is no organization "${name}"` })),
    ]
    result.ok = result.errors.length === 0
    if (!result.ok || dryRun) continue

    try {
      const input = {
        name: result.name,
        username: result.username,
        email: result.email,
        role: role as SiteRole,
        organizations: names.length === 0 ? undefined : ids.filter((id) => id !== undefined),
      }
      const secret = await newSecret(context, input)
      const user = await change(context, newUserAttempt(input), [], (work) =>
        insertNewUser(work, input, secret),
      )
      result.user_id = user.id
      result.password = secret.shown
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      result.ok = false
      result.errors = [...(error.options.errors ?? [{ path: '', message: error.message }])]
    }
  }
  return lines
}

/** Users as CSV, with the filters of the list; only users whose full record the caller may read. */
export function exportUsers(context: Context, query: UserQuery): Readable {
  const subject = subjectOf(context)
  const read = filterFor(subject, 'read', 'users')
  if (read.kind === 'none') throw denied(read.missing, 'list of users')
  const seen = withinSight(context, query)
  const scope = { callerId: subject.id, list: read, read }
  const rows = allPages((after) => listUsers(context.platform.db, scope, seen, 200, after))
  const csv = stringify({
    ...csvStyle,
    header: true,
    columns: [...columns, 'status', 'login_type', 'created_at', 'last_seen_at'],
  })
  async function* cells() {
    for await (const user of rows) {
      yield [
        user.name,
        user.username,
        user.email,
        user.site_role,
        visibleMemberships(user, subject)
          .map((organization) => organization.name)
          .join('; '),
        user.status,
        user.login_type,
        user.created_at,
        user.last_seen_at ?? '',
      ].map(csvCell)
    }
  }
  // Whoever sends the CSV hears of a failure by `csv`, which the pipeline ends with it.
  return pipeline(Readable.from(cells()), csv, () => undefined)
}

type Row = Readonly<Record<string, string | undefined>>

function readRows(csv: string): { line: number; row: Row }[] {
  let records: { info: { lines: number }; record: Row }[]
  try {
    records = parse(csv, {
      columns: (header: string[]) => header.map((name) => name.trim().toLowerCase()),
      bom: true,
      info: true,
      skip_empty_lines: true,
      trim: true,
      max_record_size: 16_384,
      to: maxLines + 1,
    }) as unknown as typeof records
  } catch (error) {
    throw invalid('csv', error instanceof Error ? error.message : 'This is not CSV')
  }
  const [first] = records
  if (first === undefined) throw invalid('csv', 'There is no line below the header')
  if (records.length > maxLines) throw invalid('csv', `Import at most ${maxLines} users at once`)
  const unknown = Object.keys(first.record).filter(
    (name) => !(columns as readonly string[]).includes(name),
  )
  if (unknown.length > 0) {
    throw invalid('csv', `Unknown column "${unknown.join('", "')}". Use: ${columns.join(', ')}`)
  }
  for (const needed of ['name', 'username', 'email'] as const) {
    if (!(needed in first.record)) throw invalid('csv', `The column "${needed}" is missing`)
  }
  return records.map(({ info, record }) => ({ line: info.lines, row: record }))
}

function fieldProblems(line: ImportedLine, actorRole: SiteRole): Problem[] {
  const problems: Problem[] = []
  const check = (
    path: string,
    result: { error?: { issues: { message: string }[] } | undefined },
  ) => {
    for (const issue of result.error?.issues ?? []) problems.push({ path, message: issue.message })
  }
  check('name', DisplayName.safeParse(line.name))
  check('username', Username.safeParse(line.username))
  check('email', Email.safeParse(line.email))
  if (!(siteRoles as readonly string[]).includes(line.role)) {
    const assignable = siteRoles.filter((role) => mayCreateWithRole(actorRole, role))
    problems.push({ path: 'role', message: `Use one of ${assignable.join(', ')}` })
  } else {
    const assignment = assignSiteRoleToNewUser(actorRole, line.role as SiteRole)
    if (!assignment.allowed) problems.push({ path: 'role', message: assignment.reason })
  }
  return problems
}

interface Taken {
  readonly emails: Set<string>
  readonly usernames: Set<string>
}

/** Names in use already, then those of earlier lines, so that a line names its own clash. */
function takenProblems(line: ImportedLine, taken: Taken): Problem[] {
  const problems: Problem[] = []
  const email = line.email.toLowerCase()
  const username = line.username.toLowerCase()
  if (taken.emails.has(email)) {
    problems.push({ path: 'email', message: 'Another user or line has this e-mail address' })
  }
  if (taken.usernames.has(username)) {
    problems.push({ path: 'username', message: 'Another user or line has this username' })
  }
  taken.emails.add(email)
  taken.usernames.add(username)
  return problems
}

async function takenNames(context: Context, rows: readonly { row: Row }[]): Promise<Taken> {
  const lower = (column: string) => rows.map(({ row }) => (row[column] ?? '').toLowerCase())
  const known = await context.platform.db
    .selectFrom('users')
    .where('status', '<>', 'deleting')
    .where((is) =>
      is.or([
        is(is.fn<string>('lower', ['email']), '=', is.fn.any(is.val(lower('email')))),
        is(is.fn<string>('lower', ['username']), '=', is.fn.any(is.val(lower('username')))),
      ]),
    )
    .select(['email', 'username'])
    .execute()
  return {
    emails: new Set(known.map((user) => user.email.toLowerCase())),
    usernames: new Set(known.map((user) => user.username.toLowerCase())),
  }
}

async function organizationIds(context: Context): Promise<ReadonlyMap<string, string>> {
  const rows = await context.platform.db
    .selectFrom('organizations')
    .select(['id', 'name'])
    .execute()
  return new Map(rows.map((row) => [row.name.toLowerCase(), row.id]))
}

function splitNames(text: string | undefined): string[] {
  return (text ?? '')
    .split(';')
    .map((name) => name.trim())
    .filter(Boolean)
}
