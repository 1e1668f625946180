import { assignSiteRole, roleMeanings, roleNames, type SiteRole, siteRoles } from '@atelier/access'
import { Button, Stack, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { CircleCheck, CircleX, Minus } from 'lucide-react'
import { useId, useState } from 'react'
import { roleLabel } from '../roles/words.ts'
import { useClient } from '../session/client.tsx'
import { type Session, useSession } from '../session/session.ts'
import './bulk-change.css'
import { DialogProblem } from './dialog-problem.tsx'
import './dialog.css'
import type { BulkAction } from './dialogs.ts'
import { PersonLine } from './person.tsx'
import { type AnyUser, fullRecord, useUsersChanged } from './queries.ts'
import { RoleMenu } from './role-menu.tsx'

const verbs = { suspend: 'Suspend', reactivate: 'Reactivate', role: 'Change' }
const done = { suspend: 'suspended', reactivate: 'reactivated', role: 'changed' }

/** Does one thing to many users: says before whom it cannot be done to, and after what became of each. */
export function BulkChange({
  action,
  users,
  onClose,
  onDone,
}: {
  action: BulkAction
  users: readonly AnyUser[]
  onClose: () => void
  onDone: () => void
}) {
  const client = useClient()
  const session = useSession()
  const usersChanged = useUsersChanged()
  const roleId = useId()
  const [role, setRole] = useState<SiteRole>()
  const reasons = new Map(
    users.map((user) => [user.id, objectionTo(session, user, action, role)] as const),
  )
  const possible = users.filter((user) => reasons.get(user.id) === undefined)
  const change = useMutation({
    mutationFn: () =>
      client.users.bulk({
        body: {
          action,
          user_ids: possible.map((user) => user.id),
          ...(role === undefined ? {} : { role }),
        },
      }),
    onSuccess: async () => {
      await usersChanged()
    },
  })
  const results = new Map(change.data?.map((result) => [result.user_id, result] as const))
  const succeeded = change.data?.filter((result) => result.ok).length ?? 0

  return (
    <>
      <Stack gap="md">
        {change.isError && <DialogProblem title="Nothing was changed" error={change.error} />}
        {action === 'role' && change.data === undefined && (
          <div>
            <Text fw={550} mb={4} id={roleId}>
              New site role
            </Text>
            <RoleMenu
              label="New site role"
              role={role}
              options={optionsFor(session, users)}
              look="field"
              onPick={setRole}
            />
          </div>
        )}
        <Text role="status">
          {change.data === undefined
            ? action === 'role' && role === undefined
              ? 'Choose the role that they get.'
              : introduction(action, possible.length, users.length)
            : `${String(succeeded)} of ${String(users.length)} ${done[action]}.`}
        </Text>
        <ul className="bulk-list" aria-label={change.data === undefined ? 'Users' : 'Results'}>
          {users.map((user) => {
            const result = results.get(user.id)
            const reason = reasons.get(user.id) ?? result?.message ?? undefined
            return (
              <li key={user.id} className="bulk-row">
                <PersonLine person={user} detail={fullRecord(user)?.email} />
                <Outcome
                  ok={change.data === undefined ? undefined : result?.ok === true}
                  reason={reason}
                  text={wishFor(user, action, role)}
                  doneText={done[action]}
                />
              </li>
            )
          })}
        </ul>
      </Stack>
      <div className="dialog-footer">
        {change.data === undefined ? (
          <>
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button
              loading={change.isPending}
              disabled={possible.length === 0 || (action === 'role' && role === undefined)}
              {...(action === 'suspend' ? { color: 'red.8' } : {})}
              onClick={() => {
                change.mutate()
              }}
            >
              {verbs[action]}{' '}
              {possible.length === 1 ? '1 user' : `${String(possible.length)} users`}
            </Button>
          </>
        ) : (
          <Button
            data-autofocus
            onClick={() => {
              onDone()
              onClose()
            }}
          >
            Done
          </Button>
        )}
      </div>
    </>
  )
}

function Outcome({
  ok,
  reason,
  text,
  doneText,
}: {
  /** Left out before it is done. */
  ok: boolean | undefined
  reason: string | undefined
  text: string
  doneText: string
}) {
  if (ok === true) {
    return (
      <span className="bulk-outcome" data-tone="good">
        <CircleCheck size={16} aria-hidden="true" /> {capital(doneText)}
      </span>
    )
  }
  if (reason !== undefined) {
    const Icon = ok === undefined ? Minus : CircleX
    return (
      <span className="bulk-outcome" data-tone={ok === undefined ? 'warn' : 'bad'}>
        <Icon size={16} aria-hidden="true" />
        <span>
          {ok === undefined ? 'Stays as it is' : 'Not done'}: {reason}
        </span>
      </span>
    )
  }
  return <span className="bulk-outcome">{text}</span>
}

/** Why it cannot be done to this user, as far as it can be known before. */
function objectionTo(
  session: Session,
  user: AnyUser,
  action: BulkAction,
  role: SiteRole | undefined,
): string | undefined {
  const full = fullRecord(user)
  if (full === undefined) return 'You may not change this account.'
  if (action !== 'role') {
    if (full.can[action] === true) return undefined
    return full.cannot[action] ?? 'You may not change this account.'
  }
  if (role === undefined) return undefined
  if (full.role === role) return `${full.name} has this role already.`
  const assignment = assign(session, full.id, full.role, role)
  return assignment.allowed ? undefined : assignment.reason
}

/** A role is offered when at least one of the users may be given it. */
function optionsFor(session: Session, users: readonly AnyUser[]) {
  return siteRoles.map((role) => {
    const answers = users.flatMap((user) => {
      const full = fullRecord(user)
      return full === undefined ? [] : [assign(session, full.id, full.role, role)]
    })
    const refused = answers.find((answer) => !answer.allowed)
    const assignable = answers.some((answer) => answer.allowed)
    return {
      role,
      name: roleNames[role],
      meaning: roleMeanings[role],
      assignable,
      reason: assignable ? null : (refused?.reason ?? 'You may not change these accounts.'),
    }
  })
}

function assign(session: Session, id: string, before: SiteRole, after: SiteRole) {
  const actor = { id: session.user.id, siteRole: session.user.role }
  return assignSiteRole(actor, { id, siteRole: before }, after)
}

function wishFor(user: AnyUser, action: BulkAction, role: SiteRole | undefined): string {
  const before = fullRecord(user)?.role
  if (action !== 'role' || before === undefined) return ''
  return role === undefined ? roleLabel(before) : `${roleLabel(before)} → ${roleLabel(role)}`
}

function introduction(action: BulkAction, possible: number, all: number): string {
  if (possible === 0) return 'This can be done to none of them, for the reasons below.'
  const whom = possible === all ? 'They' : `${String(possible)} of the ${String(all)}`
  switch (action) {
    case 'suspend':
      return `${whom} are signed out and their API keys refused at once. You can reactivate them at any time.`
    case 'reactivate':
      return `${whom} can sign in again, and their API keys work again.`
    case 'role':
      return `${whom} get this role at once, also in pages that are open. Nobody is signed out.`
  }
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
