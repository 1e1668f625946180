import type { AnyRouter } from '@tanstack/react-router'
import { useEffect } from 'react'

/** After a navigation the keyboard and screen readers start at the new page's title. */
export function focusTitleOnNavigation(router: AnyRouter): void {
  router.subscribe('onRendered', ({ fromLocation, pathChanged }) => {
    if (fromLocation === undefined || !pathChanged) return
    if (document.querySelector('[role="dialog"]') !== null) return
    document.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true })
  })
}

/** The library's own attempt to give the focus back comes 10 ms after a dialog has closed. */
const afterDialog = 30

/**
 * When a dialog closes, the focus goes back to the control that opened it, or to the page's title
 * where that control is gone, as a deleted row's menu is.
 */
export function useFocusBack(opened: boolean): void {
  useEffect(() => {
    if (!opened) return
    const control = document.activeElement
    if (!(control instanceof HTMLElement) || !isOnPage(control)) return
    return () => {
      const closing = document.activeElement?.closest('[role="dialog"]')
      setTimeout(() => {
        const active = document.activeElement
        const lost = active === null || active === document.body || closing?.contains(active)
        if (lost !== true) return
        const target = control.isConnected ? control : document.querySelector<HTMLElement>('h1')
        target?.focus({ preventScroll: true })
      }, afterDialog)
    }
  }, [opened])
}

function isOnPage(control: HTMLElement): boolean {
  return control !== document.body && control.closest('[role="dialog"]') === null
}

/** Leads the keyboard to the page's title when the row that it was in is gone. */
export function focusTitle(): void {
  setTimeout(() => {
    // The row may still be there for a moment; somebody who has moved on is left alone.
    const active = document.activeElement
    if (active !== document.body && active?.closest('tbody') === null) return
    document.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true })
  }, afterDialog)
}
