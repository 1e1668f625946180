import type { Workspace } from '@atelier/api'
import { ActionIcon, Loader, Switch, Tooltip } from '@mantine/core'
import { useLocalStorage } from '@mantine/hooks'
import { Plus, X } from 'lucide-react'
import {
  type KeyboardEvent,
  lazy,
  type RefObject,
  Suspense,
  useEffect,
  useRef,
  useState,
} from 'react'
import type { Connection } from './connection.ts'
import {
  newSessionId,
  recallSessions,
  rememberSessions,
  type TerminalSessions,
} from './sessions.ts'
import './terminal-tabs.css'

// A terminal is larger than all the rest of the page.
const TerminalView = lazy(() =>
  import('./terminal-view.tsx').then((module) => ({ default: module.TerminalView })),
)

const most = 10

/** The terminals of one's own workspace, each a shell of its own that outlives a reload of the page. */
export function TerminalTabs({ workspace, shown }: { workspace: Workspace; shown: boolean }) {
  const [sessions, setSessions] = useState(() => recallSessions(workspace.id))
  const [screenReader, setScreenReader] = useLocalStorage({
    key: 'atelier-terminal-screen-reader',
    defaultValue: false,
    getInitialValueInEffect: false,
  })
  const tabs = useRef<HTMLDivElement>(null)
  const connections = useRef(new Map<string, Connection>())
  useEffect(() => {
    rememberSessions(workspace.id, sessions)
  }, [workspace.id, sessions])
  const [takesFocus, setTakesFocus] = useState(true)
  const { ids, active } = sessions

  function add() {
    setTakesFocus(true)
    setSessions(({ ids: before }) => {
      const id = newSessionId()
      return { ids: [...before, id], active: id }
    })
  }
  function focusTab() {
    tabs.current?.querySelector<HTMLElement>('[aria-selected="true"]')?.focus()
  }

  return (
    <div className="terminals">
      <div className="terminals-bar">
        <TabList
          tabs={tabs}
          sessions={sessions}
          onChoose={(id, by) => {
            setTakesFocus(by === 'click')
            setSessions({ ids, active: id })
          }}
        />
        <ActionIcon aria-label="New terminal" disabled={ids.length >= most} onClick={add}>
          <Plus size={17} />
        </ActionIcon>
        {ids.length > 1 && (
          <ActionIcon
            aria-label={`Close ${nameOf(ids.indexOf(active))}`}
            onClick={() => {
              connections.current.get(active)?.end()
              setSessions(without(sessions, active))
            }}
          >
            <X size={17} />
          </ActionIcon>
        )}
        <span className="terminals-space" />
        <Tooltip label="Reads out what appears; slower">
          <Switch
            size="xs"
            label="Screen reader"
            checked={screenReader}
            onChange={(event) => {
              setScreenReader(event.currentTarget.checked)
            }}
          />
        </Tooltip>
        <span className="terminals-keys">Ctrl Shift X leaves the terminal</span>
      </div>
      <Suspense
        fallback={
          <div className="terminals-loading" role="status" aria-label="Loading the terminal">
            <Loader />
          </div>
        }
      >
        {ids.map((id, index) => (
          <TerminalView
            key={id}
            workspace={workspace.id}
            session={id}
            shown={shown && id === active}
            takesFocus={takesFocus}
            screenReader={screenReader}
            label={nameOf(index)}
            onLeave={focusTab}
            onConnection={(connection) => {
              if (connection === undefined) connections.current.delete(id)
              else connections.current.set(id, connection)
            }}
            onRestart={() => {
              const next = newSessionId()
              setSessions({ ids: ids.map((one) => (one === id ? next : one)), active: next })
            }}
          />
        ))}
      </Suspense>
    </div>
  )
}

/** A list of tabs by the pattern of ARIA: the arrow keys go from one to the next. */
function TabList({
  tabs,
  sessions: { ids, active },
  onChoose,
}: {
  tabs: RefObject<HTMLDivElement | null>
  sessions: TerminalSessions
  onChoose: (id: string, by: 'click' | 'key') => void
}) {
  function go(event: KeyboardEvent) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (step === undefined) return
    event.preventDefault()
    const next = (ids.indexOf(active) + step + ids.length) % ids.length
    const id = ids[next]
    if (id === undefined) return
    onChoose(id, 'key')
    tabs.current?.querySelectorAll<HTMLElement>('[role="tab"]')[next]?.focus()
  }
  return (
    <div ref={tabs} role="tablist" aria-label="Terminals" className="terminals-tabs">
      {ids.map((id, index) => (
        <button
          key={id}
          type="button"
          role="tab"
          aria-selected={id === active}
          tabIndex={id === active ? 0 : -1}
          className="terminals-tab"
          onKeyDown={go}
          onClick={() => {
            onChoose(id, 'click')
          }}
        >
          {nameOf(index)}
        </button>
      ))}
    </div>
  )
}

function nameOf(index: number): string {
  return `Terminal ${String(index + 1)}`
}

function without({ ids }: TerminalSessions, closed: string): TerminalSessions {
  const left = ids.filter((id) => id !== closed)
  const next = left[Math.max(0, ids.indexOf(closed) - 1)] ?? newSessionId()
  return { ids: left.length === 0 ? [next] : left, active: next }
}
