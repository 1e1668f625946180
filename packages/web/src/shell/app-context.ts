import type { Client } from '@atelier/api'
import type { QueryClient } from '@tanstack/react-query'

/** What routes have before any component renders. */
export interface AppContext {
  readonly client: Client
  readonly queryClient: QueryClient
}
