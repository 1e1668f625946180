import { ApiError } from '@atelier/api'
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { sessionKey } from './session/session.ts'

/** The cache of everything read from the server. */
export function createQueryClient(): QueryClient {
  // Any answer may be the first to tell that the session has ended or its password is temporary.
  function onError(error: unknown) {
    if (!(error instanceof ApiError)) return
    const known = ['session.required', 'session.csrf', 'user.password_change_required']
    if (known.includes(error.code)) {
      void queryClient.invalidateQueries({ queryKey: sessionKey })
    }
  }

  const queryClient: QueryClient = new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        // Only what may pass by itself is tried again; a refusal stays a refusal.
        retry: (failures, error) =>
          failures < 2 && error instanceof ApiError && (error.status === 0 || error.status >= 502),
      },
      mutations: { retry: false },
    },
  })
  return queryClient
}
