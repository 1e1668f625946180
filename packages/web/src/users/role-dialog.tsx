import { roleMeanings, type SiteRole } from '@atelier/access'
import type { User } from '@atelier/api'
import { Alert, Button, Skeleton, Stack, Text } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { LockKeyhole } from 'lucide-react'
import { ProblemView } from '../problems/problem-view.tsx'
import { roleLabel } from '../roles/words.ts'
import { useClient } from '../session/client.tsx'
import { notifyDone } from '../shell/notify.ts'
import { DialogProblem } from './dialog-problem.tsx'
import './dialog.css'
import { ifMatch, useUsersChanged } from './queries.ts'
import { RoleEffects, RoleStep } from './role-effects.tsx'

/** Shows what another role would change for a person, then gives it to them. */
export function RoleChange({
  user,
  role,
  onClose,
}: {
  user: User
  role: SiteRole
  onClose: () => void
}) {
  const client = useClient()
  const usersChanged = useUsersChanged()
  const look = useQuery({
    queryKey: ['users', user.id, 'role-preview', role],
    queryFn: async ({ signal }) => {
      const params = { user: user.id }
      // The account first: a change between the two answers is then found by its version.
      const seen = await client.users.get({ params, signal })
      return { seen, preview: await client.users.rolePreview({ params, query: { role }, signal }) }
    },
    staleTime: 0,
    gcTime: 0,
  })
  const change = useMutation({
    mutationFn: (seen: User) =>
      client.users.changeRole({
        params: { user: user.id },
        body: { role },
        headers: ifMatch(seen),
      }),
    onSuccess: async (changed) => {
      notifyDone(`${changed.name} is ${roleWithArticle(changed.role)} now.`)
      onClose()
      await usersChanged(changed)
    },
  })

  if (look.isError) {
    return <ProblemView error={look.error} onRetry={() => void look.refetch()} />
  }
  const preview = look.data?.preview
  const seen = look.data?.seen
  return (
    <>
      <Stack gap="md">
        <div>
          <RoleStep before={preview?.before ?? user.role} after={role} />
          <Text size="sm" c="dimmed" mt={6}>
            {roleLabel(role)}: {roleMeanings[role]}.
          </Text>
        </div>
        {change.isError && (
          <DialogProblem
            title="The role was not changed"
            error={change.error}
            onReload={() => {
              change.reset()
              void look.refetch()
            }}
          />
        )}
        {preview === undefined ? (
          <Stack gap="sm" role="status" aria-label="Loading what would change">
            <Skeleton height={120} radius="md" />
            <Skeleton height={64} radius="md" />
            <Skeleton height={64} radius="md" />
          </Stack>
        ) : (
          <>
            {!preview.allowed && (
              <Alert
                color="yellow"
                icon={<LockKeyhole aria-hidden="true" />}
                title="You may not do this"
              >
                {preview.reason}
              </Alert>
            )}
            <RoleEffects preview={preview} />
          </>
        )}
      </Stack>
      <div className="dialog-footer">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button
          loading={change.isPending}
          disabled={seen === undefined || preview?.allowed !== true || preview.before === role}
          onClick={() => {
            if (seen !== undefined) change.mutate(seen)
          }}
        >
          Change to {roleLabel(role)}
        </Button>
      </div>
    </>
  )
}

function roleWithArticle(role: string): string {
  const label = roleLabel(role)
  return `${/^[AEIOU]/.test(label) ? 'an' : 'a'} ${label.toLowerCase()}`
}
