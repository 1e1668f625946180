import { useMutation } from '@tanstack/react-query'
import { useClient } from './client.tsx'

/** Ends the session on the server and loads the sign-in page afresh: nothing stays in memory. */
export function useSignOut() {
  const client = useClient()
  return useMutation({
    mutationFn: () => client.sessions.signOut(),
    onSuccess: () => {
      window.location.replace('/sign-in')
    },
  })
}
