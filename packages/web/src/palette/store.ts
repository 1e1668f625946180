import { createSpotlight } from '@mantine/spotlight'
import { useEffect, useSyncExternalStore } from 'react'

export interface PaletteAction {
  readonly id: string
  readonly label: string
  readonly description?: string
  readonly onTrigger: () => void
}

const [paletteStore, palette] = createSpotlight()
const listeners = new Set<() => void>()
let registered: readonly (readonly PaletteAction[])[] = []
let all: readonly PaletteAction[] = []

export { paletteStore }

/** Opens the palette, as Ctrl or Cmd with K does. */
export function openPalette(): void {
  palette.open()
}

/**
 * Offers a page's actions in the palette while the page is open. Keep the list stable with
 * `useMemo`, and leave out what the page's `can` does not allow.
 */
export function usePageActions(actions: readonly PaletteAction[]): void {
  useEffect(() => {
    replace([...registered, actions])
    return () => {
      replace(registered.filter((others) => others !== actions))
    }
  }, [actions])
}

/** What the open page offers. */
export function useRegisteredActions(): readonly PaletteAction[] {
  return useSyncExternalStore(subscribe, () => all)
}

function replace(lists: readonly (readonly PaletteAction[])[]) {
  registered = lists
  all = lists.flat()
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void) {
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
  }
}
