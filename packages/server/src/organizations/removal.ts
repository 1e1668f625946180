import { decide } from '@atelier/access'
import { recordAudit } from '../audit/record.ts'
import { authorize, change, type Context, subjectOf } from '../context.ts'
import { Fault, notFound } from '../faults.ts'
import { demandNo } from '../users/rules.ts'
import { announce } from '../users/service.ts'
import * as memberStore from './member-store.ts'
import { type OrganizationRecord, targetIn } from './organization.ts'
import * as rules from './rules.ts'
import { fieldsOf, lockTarget, organizationAttempt } from './service.ts'
import * as organizations from './store.ts'

export interface Removal {
  readonly members: number
  readonly moving: number
  readonly to: Pick<OrganizationRecord, 'id' | 'name' | 'default_role'> | undefined
  readonly objection: string | undefined
}

/** How many people deleting the organization would move, and where. */
export async function previewRemoval(context: Context, id: string): Promise<Removal> {
  const { db } = context.platform
  const organization = await organizations.findOrganization(db, id)
  if (organization === undefined) throw notFound('organization')
  authorize(context, 'delete', targetIn('organizations', id), 'organization')
  const people = await memberStore.listPeople(db, id)
  return {
    members: people.length,
    moving: people.filter((person) => !person.in_other_default).length,
    to: await organizations.findOtherDefault(db, id),
    objection: rules.deletionObjection(organization)?.message,
  }
}

/**
 * Deletes an organization. Its people become members of a default organization, unless they are in
 * one already; what their membership here gave ends at once.
 */
export async function deleteOrganization(context: Context, id: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await deleteWithPeople(context, id)
      break
    } catch (error) {
      if (!(error instanceof SomebodyJoined)) throw error
      if (tries === maxTries) {
        throw new Fault('server.unavailable', 'People keep joining: try again in a moment', {
          retryAfter: 1,
        })
      }
    }
  }
  await context.platform.signals.settle()
}

const maxTries = 5

/** Somebody became a member before the organization was locked: their row is not locked. */
class SomebodyJoined extends Error {}

async function deleteWithPeople(context: Context, id: string): Promise<void> {
  const attempt = organizationAttempt('delete', id)
  const itself = targetIn('organizations', id)
  // Users are locked before organizations, so they are read first. Nobody is locked for a caller who
  // will be refused.
  const known = decide(subjectOf(context), 'delete', itself).allowed
    ? (await memberStore.listPeople(context.platform.db, id)).map((person) => person.id)
    : []
  await change(context, attempt, known, async (work) => {
    const organization = await lockTarget(work, attempt, id)
    authorize(work, 'delete', itself, 'organization')
    demandNo(rules.deletionObjection(organization))
    const people = await memberStore.listPeople(work.tx, id)
    const locked = new Set(known)
    if (people.some((person) => !locked.has(person.id))) throw new SomebodyJoined()

    const destination = await organizations.findOtherDefault(work.tx, id)
    if (destination === undefined) throw new Error('there is no default organization')
    const moving = people.filter((person) => !person.in_other_default).map((person) => person.id)
    await memberStore.insertMembers(
      work.tx,
      destination.id,
      moving,
      destination.default_role,
      work.platform.clock.now(),
    )
    await organizations.deleteOrganization(work.tx, id)
    await recordAudit(work, {
      ...attempt,
      diff: {
        ...gone(fieldsOf(organization)),
        members: { before: people.length, after: 0 },
        moved: {
          before: null,
          after: { members: moving.length, to: destination.name, role: destination.default_role },
        },
      },
    })
    await announce(
      work,
      people.map((person) => person.id),
    )
  })
}

/** Every field with what it was, and nothing after. */
function gone(fields: object) {
  return Object.fromEntries(
    Object.entries(fields).map(([field, value]) => [
      field,
      { before: value as unknown, after: null },
    ]),
  )
}
