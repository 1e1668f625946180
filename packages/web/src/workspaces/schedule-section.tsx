import type { Workspace } from '@atelier/api'
import { Select, Stack, Switch, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { AnchorLink } from '../navigation/links.tsx'
import { autoOffChoices, withCurrent } from '../organizations/workspace-choices.ts'
import { useClient } from '../session/client.tsx'
import { useSession } from '../session/session.ts'
import { notifyDone, notifyFailed } from '../shell/notify.ts'
import { Section } from '../shell/section.tsx'
import { ifMatch, useWorkspaceChanged } from './queries.ts'

interface Schedule {
  readonly autostart_enabled: boolean
  readonly auto_off_threshold: number | null
}

/** When the workspace starts and stops by itself. */
export function ScheduleSection({ workspace }: { workspace: Workspace }) {
  const client = useClient()
  const session = useSession()
  const changed = useWorkspaceChanged()
  const save = useMutation({
    mutationFn: (body: Schedule) =>
      client.workspaces.schedule({
        params: { workspace: workspace.id },
        body,
        headers: ifMatch(workspace),
      }),
    onSuccess: (saved) => {
      notifyDone(`The schedule of ${saved.name} is saved.`)
      void changed(saved)
    },
    onError: (error) => {
      notifyFailed('The schedule could not be saved', error)
      void changed()
    },
  })
  const { autostart_enabled, auto_off_threshold, can } = workspace
  const shown: Schedule = save.isPending
    ? save.variables
    : { autostart_enabled, auto_off_threshold }
  const fixed = can['update'] !== true
  return (
    <Section title="Schedule">
      <Stack gap="md">
        <Switch
          label="Start by itself"
          description={
            session.user.id === workspace.user_id ? (
              <>
                At the time in your{' '}
                <AnchorLink to="/account/profile" inherit underline="always">
                  profile
                </AnchorLink>
                , while you use it.
              </>
            ) : (
              `At the time that ${workspace.owner.name} has chosen.`
            )
          }
          checked={shown.autostart_enabled}
          disabled={fixed}
          onChange={(event) => {
            save.mutate({
              autostart_enabled: event.currentTarget.checked,
              auto_off_threshold: workspace.own_auto_off_threshold,
            })
          }}
        />
        <Select
          label="Turn off when idle for"
          allowDeselect={false}
          disabled={fixed}
          data={withCurrent(autoOffChoices, String(shown.auto_off_threshold ?? 0))}
          value={String(shown.auto_off_threshold ?? 0)}
          onChange={(value) => {
            save.mutate({ autostart_enabled, auto_off_threshold: Number(value) })
          }}
        />
        {fixed && (
          <Text size="sm" c="dimmed">
            You may not change this.
          </Text>
        )}
      </Stack>
    </Section>
  )
}
