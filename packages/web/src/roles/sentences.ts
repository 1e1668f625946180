import type { Mark, Resource } from '@atelier/access'
import { roleLabel } from './words.ts'

interface Nouns {
  readonly plain: string
  readonly all: string
  readonly own?: string
}

const nouns: Readonly<Record<Resource, Nouns>> = {
  api_keys: { plain: 'API keys', all: 'everybody’s API keys', own: 'their own API keys' },
  audit_logs: { plain: 'audit entries', all: 'the whole audit log' },
  configuration: { plain: 'settings', all: 'the configuration of the system' },
  dev_urls: {
    plain: 'dev URLs',
    all: 'all dev URLs',
    own: 'the dev URLs of their own workspaces',
  },
  workspaces: { plain: 'workspaces', all: 'everybody’s workspaces', own: 'their own workspaces' },
  extensions: { plain: 'extensions', all: 'extensions' },
  images: { plain: 'images', all: 'all images' },
  image_tags: { plain: 'image tags', all: 'all image tags' },
  metrics: { plain: 'metrics', all: 'everybody’s metrics', own: 'their own metrics' },
  oauth: { plain: 'Git providers', all: 'the Git providers and their OAuth settings' },
  org_members: { plain: 'members', all: 'all members' },
  organizations: { plain: 'organizations', all: 'all organizations' },
  registries: { plain: 'registries', all: 'all registries' },
  system_banners: { plain: 'system banners', all: 'all system banners' },
  users: { plain: 'users', all: 'all users', own: 'their own account' },
}

const inOrganization: Readonly<Partial<Record<Resource, Partial<Nouns>>>> = {
  dev_urls: { all: 'the dev URLs that are shared there' },
  workspaces: { all: 'the workspaces of all members' },
  org_members: { all: 'its members' },
  organizations: { plain: 'it', all: 'everything about it' },
  system_banners: { all: 'the records of system banners' },
  users: { plain: 'its members', all: 'the accounts of its members' },
}

const verbs: Readonly<Record<Mark, string>> = {
  C: 'create',
  Ra: 'read',
  Ro: 'read',
  L: 'list',
  Ua: 'change',
  Uo: 'change',
  Da: 'delete',
  Do: 'delete',
}

/** What a mark lets somebody with a role do: `Auditors may read the whole audit log.` */
export function markSentence(role: string, resource: string, mark: Mark): string {
  const local = role.startsWith('organization-')
  const noun = {
    ...nouns[resource as Resource],
    ...(local && inOrganization[resource as Resource]),
  }
  const object = mark === 'C' || mark === 'L' ? noun.plain : isOwn(mark) ? noun.own : noun.all
  const where = local ? ' in their organization' : ''
  const directory = mark === 'L' && resource === 'users' ? ': names and usernames, no more' : ''
  return `${many(role)} may ${verbs[mark]} ${object ?? noun.plain}${where}${directory}.`
}

/** A role as its holders: `Auditors`; there is one site admin only. */
export function many(role: string): string {
  return role === 'site-admin' ? 'The site admin' : `${roleLabel(role)}s`
}

function isOwn(mark: Mark): boolean {
  return mark.endsWith('o')
}
