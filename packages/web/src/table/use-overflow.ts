import { useCallback, useState } from 'react'

/**
 * Tells whether a table is wider than its place. Only then does it scroll by itself and take the
 * keyboard's focus; else its heading can stick to the top of the window.
 */
export function useOverflow() {
  const [scrolls, setScrolls] = useState(false)
  const ref = useCallback((place: HTMLDivElement | null) => {
    if (place === null) return
    const measure = () => {
      const table = place.firstElementChild
      setScrolls(table !== null && table.scrollWidth > place.clientWidth + 1)
    }
    const observer = new ResizeObserver(measure)
    observer.observe(place)
    if (place.firstElementChild !== null) observer.observe(place.firstElementChild)
    return () => {
      observer.disconnect()
    }
  }, [])
  return { ref, scrolls }
}
