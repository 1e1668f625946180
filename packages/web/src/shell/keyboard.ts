import { useLocalStorage } from '@mantine/hooks'
import { useEffect } from 'react'

/** Single-key shortcuts can be turned off, for people who dictate or hit keys by accident. */
export function useSingleKeys() {
  return useLocalStorage({
    key: 'atelier-single-keys',
    defaultValue: true,
    getInitialValueInEffect: false,
  })
}

/** Marks the search field that `/` leads to. */
export const pageSearchProps = { 'data-page-search': true }

/** `/` focuses the page's search, `?` opens the help; Ctrl or Cmd with K is the palette's own. */
export function useShortcuts({ onHelp }: { onHelp: () => void }): void {
  const [singleKeys] = useSingleKeys()

  useEffect(() => {
    if (!singleKeys) return
    // The character counts, not the key: `/` and `?` lie elsewhere on other keyboards.
    function onKeyDown(event: KeyboardEvent) {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
      if (isTyping(event.target) || document.querySelector('[role="dialog"]') !== null) return
      if (event.key === '?') onHelp()
      else if (event.key === '/') focusSearch()
      else return
      event.preventDefault()
    }
    document.addEventListener('keydown', onKeyDown)
    return () => {
      document.removeEventListener('keydown', onKeyDown)
    }
  }, [singleKeys, onHelp])
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches('input, textarea, select'))
  )
}

function focusSearch(): void {
  const field = document.querySelector<HTMLInputElement>('input[data-page-search]')
  field?.focus()
  field?.select()
}
