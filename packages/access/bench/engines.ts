import { AbilityBuilder, createMongoAbility, subject as named } from '@casl/ability'
import cedar from '@cedar-policy/cedar-wasm/nodejs'
import { StringAdapter, newEnforcer, newModelFromString } from 'casbin'
import {
  allows,
  operations,
  organizationRoles,
  question,
  resources,
  rightsOf,
  siteRoles,
} from '../src/index.ts'
import { type Cell, cells, groups, lines, organization, rolesFrom } from './matrix.ts'

/** An engine with every question prepared as well as it can be: only deciding is left. */
export interface Engine {
  readonly name: string
  /** Asks every question once and answers how many were allowed. */
  pass(): number
  /** The answers one by one. */
  answers(): readonly boolean[]
}

/** Goes over all rows as the engines below do and decides nothing: what asking itself costs. */
export const loop = {
  pass() {
    let rows = 0
    for (const group of groups) {
      for (const { resource } of group.questions) {
        for (const { ownerId } of group.rows) if (ownerId !== resource) rows++
      }
    }
    return rows
  },
}

/** All engines, the limit of what is possible first. */
export async function engines(): Promise<readonly Engine[]> {
  return [typedArray(), ours(), casl(), await casbin(), cedarWasm()]
}

function typedArray(): Engine {
  const memberships = organizationRoles.length + 1
  const place = (
    site: number,
    membership: number,
    resource: number,
    operation: number,
    own: number,
    where: number,
  ) =>
    ((((site * memberships + membership) * resources.length + resource) * operations.length +
      operation) *
      2 +
      own) *
      3 +
    where
  const table = new Uint8Array(
    siteRoles.length * memberships * resources.length * operations.length * 6,
  )
  const column = (value: (cell: Cell) => number) => Uint8Array.from(cells, value)
  const site = column((cell) => cell.site)
  const membership = column((cell) => cell.membership)
  const resource = column((cell) => cell.resource)
  const operation = column((cell) => cell.operation)
  const own = column((cell) => (cell.own ? 1 : 0))
  const where = column((cell) => cell.place)
  const at = (n: number) =>
    place(site[n]!, membership[n]!, resource[n]!, operation[n]!, own[n]!, where[n]!)
  for (const [n, cell] of cells.entries()) table[at(n)] = cell.allowed ? 1 : 0
  return {
    name: 'typed array',
    pass() {
      let allowed = 0
      for (let n = 0; n < cells.length; n++) allowed += table[at(n)]!
      return allowed
    },
    answers: () => cells.map((_, n) => table[at(n)] === 1),
  }
}

/** As the product asks: rights prepared for each session, questions once, objects as rows have them. */
function ours(): Engine {
  const asks = groups.map(({ subject, questions, rows }) => ({
    rights: rightsOf(subject),
    questions: questions.map(({ resource, operation }) => question(resource, operation)),
    rows,
  }))
  return {
    name: 'allows',
    pass() {
      let allowed = 0
      for (const { rights, questions, rows } of asks) {
        for (const asked of questions) {
          for (const { ownerId, organizationIds } of rows) {
            if (allows(rights, asked, { ownerId, organizationIds })) allowed++
          }
        }
      }
      return allowed
    },
    answers: () =>
      asks.flatMap(({ rights, questions, rows }) =>
        questions.flatMap((asked) => rows.map((row) => allows(rights, asked, row))),
      ),
  }
}

function casl(): Engine {
  const abilities = new Map<string, ReturnType<typeof createMongoAbility>>()
  for (const { subject } of cells) {
    if (abilities.has(subject.id)) continue
    const { can, build } = new AbilityBuilder(createMongoAbility)
    const roles = [subject.siteRole, ...Object.values(subject.organizationRoles)].flatMap(rolesFrom)
    for (const { role, resource, operation, whose } of lines) {
      if (!roles.includes(role)) continue
      const conditions = {
        ...(role.startsWith('site-') ? {} : { organizationId: organization }),
        ...(whose === 'own' ? { ownerId: subject.id } : {}),
        ...(whose === 'other' ? { ownerId: { $ne: subject.id } } : {}),
      }
      if (Object.keys(conditions).length === 0) can(operation, resource)
      else can(operation, resource, conditions)
    }
    abilities.set(subject.id, build())
  }
  const asks = groups.map(({ subject, questions, rows }) => ({
    ability: abilities.get(subject.id)!,
    questions,
    rows,
  }))
  // As its guide says for plain rows: each object is named as what it is when it is asked about.
  return {
    name: 'CASL, ability cached',
    pass() {
      let allowed = 0
      for (const { ability, questions, rows } of asks) {
        for (const { resource, operation } of questions) {
          for (const { ownerId, organizationId } of rows) {
            if (ability.can(operation, named(resource, { ownerId, organizationId }))) allowed++
          }
        }
      }
      return allowed
    },
    answers: () =>
      asks.flatMap(({ ability, questions, rows }) =>
        questions.flatMap(({ resource, operation }) =>
          rows.map(({ ownerId, organizationId }) =>
            ability.can(operation, named(resource, { ownerId, organizationId })),
          ),
        ),
      ),
  }
}

async function casbin(): Promise<Engine> {
  const everywhere = '*'
  const model = newModelFromString(`
    [request_definition]
    r = sub, dom, obj, act, whose
    [policy_definition]
    p = sub, obj, act, whose
    [role_definition]
    g = _, _, _
    [policy_effect]
    e = some(where (p.eft == allow))
    [matchers]
    m = r.obj == p.obj && r.act == p.act && (p.whose == "any" || r.whose == p.whose) && (g(r.sub, p.sub, "${everywhere}") || g(r.sub, p.sub, r.dom))`)
  const subjects = new Map(cells.map(({ subject }) => [subject.id, subject]))
  const groups = [...subjects.values()].flatMap(({ id, siteRole, organizationRoles: held }) => [
    ...rolesFrom(siteRole).map((role) => `g, ${id}, ${role}, ${everywhere}`),
    ...Object.entries(held).flatMap(([where, role]) =>
      rolesFrom(role).map((each) => `g, ${id}, ${each}, ${where}`),
    ),
  ])
  const policies = lines.map(
    ({ role, resource, operation, whose }) => `p, ${role}, ${resource}, ${operation}, ${whose}`,
  )
  const enforcer = await newEnforcer(model, new StringAdapter([...policies, ...groups].join('\n')))
  const questions = cells.map(({ subject, asked, target, own }) => [
    subject.id,
    target.organizationIds?.[0] ?? 'none',
    target.resource,
    asked,
    own ? 'own' : 'other',
  ])
  return engine('casbin', questions, (question) => enforcer.enforceSync(...question))
}

function cedarWasm(): Engine {
  const policies = lines.map(({ role, resource, operation, whose }) => {
    const conditions = [
      ...(role.startsWith('site-') ? [] : ['resource.organization == principal.organization']),
      ...(whose === 'own' ? ['resource.owner == principal.id'] : []),
      ...(whose === 'other' ? ['resource.owner != principal.id'] : []),
    ]
    const when = conditions.length === 0 ? '' : ` when { ${conditions.join(' && ')} }`
    return `permit (principal in Role::"${role}", action == Action::"${operation}", resource is ${resource})${when};`
  })
  const parsed = cedar.preparsePolicySet('tables', { staticPolicies: policies.join('\n') })
  if (parsed.type !== 'success') throw new Error(JSON.stringify(parsed.errors))
  const questions = cells.map(({ subject, asked, target }) => {
    const principal = { type: 'User', id: subject.id }
    const resource = { type: target.resource, id: 'object' }
    const held = [subject.siteRole, ...Object.values(subject.organizationRoles)].flatMap(rolesFrom)
    return {
      principal,
      action: { type: 'Action', id: asked },
      resource,
      context: {},
      preparsedPolicySetId: 'tables',
      entities: [
        {
          uid: principal,
          attrs: {
            id: subject.id,
            organization:
              organization in subject.organizationRoles ? organization : 'no membership',
          },
          parents: held.map((id) => ({ type: 'Role', id })),
        },
        {
          uid: resource,
          attrs: {
            owner: target.ownerId ?? '',
            organization: target.organizationIds?.[0] ?? 'none',
          },
          parents: [],
        },
      ],
    }
  })
  return engine('cedar-wasm, policies preparsed', questions, (question) => {
    const answer = cedar.statefulIsAuthorized(question)
    if (answer.type !== 'success') throw new Error(JSON.stringify(answer.errors))
    return answer.response.decision === 'allow'
  })
}

function engine<Q>(name: string, questions: readonly Q[], ask: (question: Q) => boolean): Engine {
  return {
    name,
    pass() {
      let allowed = 0
      for (let n = 0; n < questions.length; n++) if (ask(questions[n]!)) allowed++
      return allowed
    },
    answers: () => questions.map(ask),
  }
}
