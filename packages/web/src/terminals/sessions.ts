/** The terminals of a workspace in this tab of the browser. */
export interface TerminalSessions {
  readonly ids: readonly string[]
  readonly active: string
}

const placeOf = (workspace: string) => `atelier-terminals-${workspace}`

/** A name that nobody else has: whoever knows it, and may, finds the same shell. */
export function newSessionId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Those that were open when the page was left or loaded anew; else a first one. */
export function recallSessions(workspace: string): TerminalSessions {
  const first = newSessionId()
  const none = { ids: [first], active: first }
  try {
    const kept = JSON.parse(sessionStorage.getItem(placeOf(workspace)) ?? 'null') as unknown
    return isSessions(kept) ? kept : none
  } catch {
    return none
  }
}

/** Remembers them for as long as the browser's tab is open. */
export function rememberSessions(workspace: string, sessions: TerminalSessions): void {
  sessionStorage.setItem(placeOf(workspace), JSON.stringify(sessions))
}

function isSessions(value: unknown): value is TerminalSessions {
  if (typeof value !== 'object' || value === null) return false
  const { ids, active } = value as { ids?: unknown; active?: unknown }
  return (
    Array.isArray(ids) &&
    ids.length > 0 &&
    ids.every((id) => typeof id === 'string' && /^[\w-]{8,64}$/.test(id)) &&
    ids.includes(active)
  )
}
