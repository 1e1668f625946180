import type { Workspace } from '@atelier/api'
import { Button, Group } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import { useMemo } from 'react'
import { DevUrlsCard } from '../dev-urls/dev-urls-card.tsx'
import { RefusedAction } from '../forms/refused-action.tsx'
import { usePageActions } from '../palette/store.ts'
import { useClient } from '../session/client.tsx'
import { Page } from '../shell/page.tsx'
import { QueryView } from '../shell/query-view.tsx'
import type { RowAction } from '../table/column.ts'
import { RowMenu } from '../table/row-menu.tsx'
import { useWorkspaceActions } from './actions.tsx'
import { workspaceQuery } from './queries.ts'
import { ScheduleSection } from './schedule-section.tsx'
import { StatusChip } from './status-chip.tsx'
import { UsageSection } from './usage-section.tsx'
import { WorkPanel } from './work-panel.tsx'
import { WorkspaceDialogs } from './workspace-dialogs.tsx'
import { FactsSection } from './workspace-facts.tsx'
import { WorkspaceNotices } from './workspace-notices.tsx'
import './workspace-page.css'

const parent = { label: 'Workspaces', to: '/' }

/** One workspace: its terminal and build log, what it uses, and what can be done to it. */
export function WorkspacePage() {
  const { workspace: id } = useParams({ from: '/frame/workspaces/$workspace' })
  const navigate = useNavigate()
  return (
    <WorkspaceDialogs onDeleted={() => void navigate({ to: '/' })}>
      {/* Nothing of one workspace, least of all its terminals, goes over into another. */}
      <Loaded key={id} id={id} />
    </WorkspaceDialogs>
  )
}

function Loaded({ id }: { id: string }) {
  const workspace = useQuery(workspaceQuery(useClient(), id))
  const { data } = workspace
  if (data === undefined) {
    return (
      <Page title="Workspace" parent={parent}>
        <QueryView query={workspace}>{() => null}</QueryView>
      </Page>
    )
  }
  return (
    <Page
      title={data.name}
      parent={parent}
      heading={
        <Group gap="sm">
          {data.name}
          <StatusChip status={data.status} size="lg" />
        </Group>
      }
      description={`${data.image.repository}:${data.image_tag} · ${data.owner.name} · ${data.organization.name}`}
      actions={<Actions workspace={data} />}
    >
      <QueryView query={workspace}>{(shown) => <Content workspace={shown} />}</QueryView>
    </Page>
  )
}

function Content({ workspace }: { workspace: Workspace }) {
  return (
    <>
      <WorkspaceNotices workspace={workspace} />
      <div className="workspace-columns">
        <WorkPanel workspace={workspace} />
        <div className="workspace-side">
          {workspace.status === 'running' && <UsageSection workspace={workspace} />}
          <DevUrlsCard workspace={workspace} />
          <FactsSection workspace={workspace} />
          <ScheduleSection workspace={workspace} />
        </div>
      </div>
    </>
  )
}

const asButtons: readonly string[] = ['Start', 'Cancel the build', 'Stop…', 'Edit…']

/** What one does often as buttons, the rest in a menu; all of it in the palette. */
function Actions({ workspace }: { workspace: Workspace }) {
  const actions = useWorkspaceActions()(workspace)
  usePageActions(
    useMemo(
      () =>
        actions
          .filter(({ refused }) => refused === undefined)
          .map(({ label, onSelect }) => ({
            id: label,
            label,
            description: workspace.name,
            onTrigger: onSelect,
          })),
      // The actions are made anew each time; what they are depends on the workspace alone.
      [workspace],
    ),
  )
  const buttons = actions.filter(({ label }) => asButtons.includes(label))
  const rest = actions.filter((action) => !buttons.includes(action))
  return (
    <>
      {buttons.map((action) => (
        <ActionButton key={action.label} action={action} />
      ))}
      <RowMenu name={workspace.name} actions={rest} />
    </>
  )
}

function ActionButton({ action }: { action: RowAction }) {
  return (
    <RefusedAction reason={action.refused}>
      <Button
        variant={action.label === 'Start' ? 'filled' : 'default'}
        leftSection={action.icon}
        onClick={action.onSelect}
      >
        {action.label}
      </Button>
    </RefusedAction>
  )
}
