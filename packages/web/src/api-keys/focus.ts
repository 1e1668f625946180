/**
 * Gives the focus from an item of an open menu back to the menu's button, so that a dialog which
 * opens now returns it there: the item itself is gone by then.
 */
export function focusMenuButton(): void {
  const menu = document.activeElement?.closest('[role="menu"]')
  const id = menu?.getAttribute('aria-labelledby')
  if (id !== null && id !== undefined) document.getElementById(id)?.focus()
}

/** Leads the keyboard to the page's title when the row that it was in is gone. */
export function focusTitle(): void {
  // After the dialog has tried to return the focus to where it came from.
  setTimeout(() => {
    // The row may still be there for a moment; somebody who has moved on is left alone.
    const active = document.activeElement
    if (active !== document.body && active?.closest('tbody') === null) return
    document.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true })
  }, 60)
}
