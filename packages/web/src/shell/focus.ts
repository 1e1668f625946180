import type { AnyRouter } from '@tanstack/react-router'

/** After a navigation the keyboard and screen readers start at the new page's title. */
export function focusTitleOnNavigation(router: AnyRouter): void {
  router.subscribe('onRendered', ({ fromLocation, pathChanged }) => {
    if (fromLocation === undefined || !pathChanged) return
    if (document.querySelector('[role="dialog"]') !== null) return
    document.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true })
  })
}
