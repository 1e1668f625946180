import { useComputedColorScheme } from '@mantine/core'
import { FitAddon } from '@xterm/addon-fit'
import { Terminal } from '@xterm/xterm'
import '@xterm/xterm/css/xterm.css'
import { useEffect, useRef, useState } from 'react'
import { copyText } from '../forms/copy.ts'
import { useClient } from '../session/client.tsx'
import { notifyDone } from '../shell/notify.ts'
import { type Connection, type ConnectionState, connectTerminal } from './connection.ts'
import { ConnectionNotice } from './connection-notice.tsx'
import { terminalColors } from './terminal-colors.ts'
import './terminal-view.css'

const fontSize = 14
const scrollbackLines = 10_000

interface Props {
  workspace: string
  session: string
  /** Of several on a page only one is shown; the others go on. */
  shown: boolean
  /** Whether the keyboard comes along when it is shown. */
  takesFocus: boolean
  /** Lines are told to screen readers as they come, which takes time that others need not spend. */
  screenReader: boolean
  /** How it is called: `Terminal 2`. */
  label: string
  /** The keys that lead out of it were pressed. */
  onLeave: () => void
  /** How to speak to its server while it is there. */
  onConnection: (connection: Connection | undefined) => void
  /** Starts another shell in its place. */
  onRestart: () => void
}

/** One shell: everything that it shows, and how it stands with its server. */
export function TerminalView(props: Props) {
  const {
    workspace,
    session,
    shown,
    takesFocus,
    screenReader,
    label,
    onLeave,
    onConnection,
    onRestart,
  } = props
  const client = useClient()
  const scheme = useComputedColorScheme('light')
  const place = useRef<HTMLDivElement>(null)
  const terminal = useRef<Terminal>(undefined)
  const fit = useRef<FitAddon>(undefined)
  const connection = useRef<Connection>(undefined)
  const tell = useRef({ onLeave, onConnection })
  const [state, setState] = useState<ConnectionState>({ kind: 'connecting' })
  useEffect(() => {
    tell.current = { onLeave, onConnection }
  }, [onLeave, onConnection])

  useEffect(() => {
    if (place.current === null) return
    const shell = new Terminal({
      fontFamily: getComputedStyle(place.current).fontFamily,
      fontSize,
      scrollback: scrollbackLines,
      // Whatever programs choose, it can be read (WCAG 1.4.3).
      minimumContrastRatio: 4.5,
      cursorBlink: false,
      allowProposedApi: false,
    })
    const fitting = new FitAddon()
    shell.loadAddon(fitting)
    shell.open(place.current)
    fitting.fit()
    terminal.current = shell
    fit.current = fitting

    const opened = connectTerminal(
      client,
      workspace,
      session,
      () => ({ columns: shell.cols, rows: shell.rows }),
      {
        state: setState,
        output: (bytes, seen) => {
          shell.write(bytes, seen)
        },
        again: () => {
          shell.reset()
        },
        anew: () => {
          shell.write(
            '\r\n\u001b[0m\u001b[2m— the shell from before has ended; this is a new one —\u001b[0m\r\n',
          )
        },
      },
    )
    connection.current = opened
    tell.current.onConnection(opened)
    shell.onData(opened.type)
    shell.onBinary(opened.type)
    shell.onResize(({ cols, rows }) => {
      opened.resize(cols, rows)
    })
    shell.attachCustomKeyEventHandler((event) =>
      obeyKeys(event, shell, () => {
        tell.current.onLeave()
      }),
    )
    const watcher = new ResizeObserver(() => {
      // What is hidden has no size to fit.
      if ((place.current?.clientHeight ?? 0) > 0) fitting.fit()
    })
    watcher.observe(place.current)
    return () => {
      watcher.disconnect()
      opened.close()
      tell.current.onConnection(undefined)
      shell.dispose()
    }
  }, [client, workspace, session])

  useEffect(() => {
    if (terminal.current !== undefined) terminal.current.options.theme = terminalColors(scheme)
  }, [scheme])
  useEffect(() => {
    if (terminal.current !== undefined) terminal.current.options.screenReaderMode = screenReader
  }, [screenReader])
  useEffect(() => {
    const field = place.current?.querySelector('textarea')
    field?.setAttribute('aria-label', `${label}. Control Shift X leaves it.`)
  }, [label])
  useEffect(() => {
    if (!shown) return
    fit.current?.fit()
    if (takesFocus && isFree()) terminal.current?.focus()
  }, [shown, takesFocus])

  return (
    <div className="terminal-view" hidden={!shown}>
      <ConnectionNotice
        state={state}
        onReconnect={() => {
          connection.current?.reconnect()
          terminal.current?.focus()
        }}
        onRestart={onRestart}
      />
      <div ref={place} className="terminal-place" data-state={state.kind} />
    </div>
  )
}

/** Whether the keyboard is nowhere that somebody would miss: in no dialog, and no other field. */
function isFree(): boolean {
  const { activeElement } = document
  return activeElement?.closest('[role="dialog"], input, [role="menu"]') == null
}

/** Answers whether the terminal gets the key. */
function obeyKeys(event: KeyboardEvent, shell: Terminal, leave: () => void): boolean {
  if (!event.ctrlKey || !event.shiftKey || event.altKey || event.metaKey) return true
  switch (event.code) {
    case 'KeyX':
      event.preventDefault()
      if (event.type === 'keydown') leave()
      return false
    case 'KeyC':
      // A browser would open its tools for developers.
      event.preventDefault()
      if (event.type === 'keydown' && shell.hasSelection()) {
        void copyText(shell.getSelection()).then((done) => {
          if (done) notifyDone('Copied.')
          shell.focus()
        })
      }
      return false
    case 'KeyV':
      // The browser itself pastes, which needs no permission.
      return false
    default:
      return true
  }
}
