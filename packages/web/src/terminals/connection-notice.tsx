import { Button } from '@mantine/core'
import type { ConnectionState } from './connection.ts'

interface Words {
  readonly text: string
  readonly tone?: 'warn' | 'bad'
  readonly action?: 'reconnect' | 'restart'
  readonly label?: string
}

/** Says how it stands where all is not well, and what to do about it. */
export function ConnectionNotice({
  state,
  onReconnect,
  onRestart,
}: {
  state: ConnectionState
  onReconnect: () => void
  onRestart: () => void
}) {
  const words = wordsOf(state)
  return (
    <div role="status">
      {words !== undefined && (
        <div className="terminal-notice" data-tone={words.tone}>
          <p>{words.text}</p>
          {words.action !== undefined && (
            <Button
              size="compact-xs"
              variant="default"
              onClick={words.action === 'reconnect' ? onReconnect : onRestart}
            >
              {words.label}
            </Button>
          )}
        </div>
      )}
    </div>
  )
}

function wordsOf(state: ConnectionState): Words | undefined {
  switch (state.kind) {
    case 'open':
      return undefined
    case 'connecting':
      return { text: 'Connecting…' }
    case 'lost':
      return {
        text: 'The connection is lost. The shell goes on; what you type now is not sent. Reconnecting…',
        tone: 'warn',
        action: 'reconnect',
        label: 'Reconnect now',
      }
    case 'elsewhere':
      return {
        text: 'This terminal is open in another window.',
        tone: 'warn',
        action: 'reconnect',
        label: 'Bring it here',
      }
    case 'exited':
      return {
        text:
          state.code === 0
            ? 'The shell has ended.'
            : `The shell has ended with code ${String(state.code)}.`,
        action: 'restart',
        label: 'Start a new shell',
      }
    case 'refused':
      return { text: state.reason, tone: 'bad', action: 'reconnect', label: 'Try again' }
  }
}
