import { addressOf, endpoints } from '@atelier/api'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { shownBannersKey } from '../banners/shown-banners.ts'
import { sessionKey } from './session.ts'

const retryAfter = 5_000

/**
 * Listens to the server while somebody is signed in: a change of rights re-reads everything on the
 * page at once, and the end of the session leads to sign-in. Answers whether the server is heard.
 */
export function useServerEvents(): 'live' | 'lost' {
  const queryClient = useQueryClient()
  const [state, setState] = useState<'live' | 'lost'>('live')

  useEffect(() => {
    let source: EventSource | undefined
    let retry: ReturnType<typeof setTimeout> | undefined
    let missed = false

    function connect() {
      source = new EventSource(addressOf(endpoints.sessions.events))
      source.addEventListener('open', () => {
        setState('live')
        // What was said while nobody listened is unknown, so everything is asked again.
        if (missed) void queryClient.invalidateQueries()
        missed = false
      })
      source.addEventListener('access_changed', () => {
        void queryClient.invalidateQueries()
      })
      source.addEventListener('banners_changed', () => {
        void queryClient.invalidateQueries({ queryKey: shownBannersKey })
      })
      source.addEventListener('workspaces_changed', () => {
        void queryClient.invalidateQueries({ queryKey: ['workspaces'] })
      })
      source.addEventListener('signed_out', () => {
        source?.close()
        void queryClient.invalidateQueries({ queryKey: sessionKey })
      })
      source.addEventListener('error', () => {
        missed = true
        setState('lost')
        // The browser retries a dropped stream by itself, but not a refused one.
        if (source?.readyState !== EventSource.CLOSED) return
        void queryClient.invalidateQueries({ queryKey: sessionKey })
        retry = setTimeout(connect, retryAfter)
      })
    }

    connect()
    return () => {
      clearTimeout(retry)
      source?.close()
    }
  }, [queryClient])

  return state
}
