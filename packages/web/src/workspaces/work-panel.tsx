import type { Workspace } from '@atelier/api'
import { Card, Tabs, Text } from '@mantine/core'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { ScrollText, SquareTerminal } from 'lucide-react'
import { BuildLog } from './build-log.tsx'
import type { WorkspaceTab } from './search.ts'
import { TerminalTabs } from '../terminals/terminal-tabs.tsx'
import './work-panel.css'

/** Where one works: the terminals, and the log of the build that made the workspace. */
export function WorkPanel({ workspace }: { workspace: Workspace }) {
  const { tab } = useSearch({ from: '/frame/workspaces/$workspace' })
  const navigate = useNavigate()
  const open = workspace.status === 'running' && workspace.can['open'] === true
  const useful: WorkspaceTab = open ? 'terminal' : 'log'
  const shown = tab === 'terminal' && !open ? 'log' : (tab ?? useful)
  return (
    <Card p={0} className="work-panel">
      <Tabs
        value={shown}
        onChange={(next) => {
          void navigate({
            to: '.',
            search: { tab: next === useful ? undefined : (next as WorkspaceTab) },
            replace: true,
          })
        }}
        keepMounted
      >
        <Tabs.List className="work-panel-tabs">
          {open && (
            <Tabs.Tab
              value="terminal"
              leftSection={<SquareTerminal size={16} aria-hidden="true" />}
            >
              Terminal
            </Tabs.Tab>
          )}
          <Tabs.Tab value="log" leftSection={<ScrollText size={16} aria-hidden="true" />}>
            Build log
          </Tabs.Tab>
        </Tabs.List>
        {open && (
          <Tabs.Panel value="terminal">
            <TerminalTabs workspace={workspace} shown={shown === 'terminal'} />
          </Tabs.Panel>
        )}
        <Tabs.Panel value="log">
          {workspace.status === 'running' && !open && (
            <Text className="work-panel-note" c="dimmed" size="sm">
              Only {workspace.owner.name} can open a terminal here: whoever works in a workspace
              acts as its owner.
            </Text>
          )}
          <BuildLog workspace={workspace} />
        </Tabs.Panel>
      </Tabs>
    </Card>
  )
}
