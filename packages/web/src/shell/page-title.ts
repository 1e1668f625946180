import { useEffect } from 'react'

/** Names the browser's tab: `Users · Atelier`. */
export function usePageTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Atelier`
  }, [title])
}
