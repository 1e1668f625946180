import type { Client } from '@atelier/api'
import { createContext, useContext } from 'react'

/** Holds the typed client of the contract; `main.tsx` provides it. */
export const ClientContext = createContext<Client | null>(null)

/** The typed client: `useClient().users.list({ query })`. */
export function useClient(): Client {
  const client = useContext(ClientContext)
  if (client === null) throw new Error('useClient needs a ClientContext around it.')
  return client
}
