import { useSyncExternalStore } from 'react'
import { VisuallyHidden } from '@mantine/core'

let message = ''
const listeners = new Set<() => void>()

/** Tells screen readers of a result that sighted people see: `announce('12 users found')`. */
export function announce(text: string): void {
  // A changed text is read again, so a repeated message ends in an invisible difference.
  message = text === message ? `${text}\u00a0` : text
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void) {
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
  }
}

/** The one polite live region of the page. */
export function LiveRegion() {
  const text = useSyncExternalStore(subscribe, () => message)
  return (
    <VisuallyHidden role="status" aria-live="polite">
      {text}
    </VisuallyHidden>
  )
}
