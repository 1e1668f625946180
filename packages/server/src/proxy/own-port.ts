import type { IncomingMessage } from 'node:http'
import type { Context } from '../context.ts'
import { originOf, portIn } from '../dev-urls/address.ts'
import { portObjection } from '../dev-urls/rules.ts'
import { createDevUrl } from '../dev-urls/service.ts'
import { findByPort, findWorkspaceOf } from '../dev-urls/store.ts'
import { newId } from '../platform/ids.ts'
import type { Platform } from '../platform/platform.ts'
import type { Principal } from '../sessions/principal.ts'
import type { Place } from './places.ts'

/** A port of the visitor's own workspace that a host without a dev URL names. */
export interface OwnPort {
  readonly workspaceId: string
  readonly workspace: string
  readonly port: number
  /** Where the dev URL of the port is, if it has one under a name. */
  readonly elsewhere: string | undefined
}

/**
 * Reads `port--workspace-user` as the visitor's own: with their name at the end there is one way to
 * split it. Undefined for every other label, and for ports that get no dev URL.
 */
export async function ownPortOf(
  { db }: Platform,
  { host, label }: Pick<Place, 'host' | 'label'>,
  { user }: Principal,
): Promise<OwnPort | undefined> {
  const parts = portIn(label)
  const end = `-${user.username.toLowerCase()}`
  if (parts?.rest.endsWith(end) !== true) return undefined
  const { port, rest } = parts
  if (portObjection(port) !== undefined) return undefined
  const workspace = await findWorkspaceOf(db, user.id, rest.slice(0, -end.length))
  if (workspace === undefined || workspace.status === 'deleting') return undefined
  const there = await findByPort(db, workspace.id, port)
  return {
    workspaceId: workspace.id,
    workspace: workspace.name,
    port,
    elsewhere: there === undefined ? undefined : originOf(host, there.label),
  }
}

/** Gives the port a private dev URL, as its owner could by hand; throws what refuses it. */
export async function createForOwner(
  platform: Platform,
  request: IncomingMessage,
  { arrived }: Place,
  principal: Principal,
  { workspaceId, port }: OwnPort,
): Promise<void> {
  const context: Context = {
    platform,
    principal,
    request: {
      id: newId(platform.clock.now()),
      ip: arrived.ip,
      userAgent: request.headers['user-agent']?.slice(0, 256) ?? '',
    },
    declared: { permission: ['dev_urls', 'create'] },
  }
  await createDevUrl(context, workspaceId, { port, access: 'PRIVATE' })
}

/**
 * Whether a person went here themselves, by typing the address or by a bookmark: a page, a mail or a
 * redirect of somebody else's did not choose the port. Browsers say so where the host is trustworthy.
 */
export function isTyped({ method, headers }: IncomingMessage): boolean {
  return (
    method === 'GET' &&
    headers['sec-fetch-mode'] === 'navigate' &&
    headers['sec-fetch-site'] === 'none'
  )
}
