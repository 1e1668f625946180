import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useClient } from './client.tsx'
import { forgetPerson, sessionKey } from './session.ts'

/** Ends the session on the server and leads to sign-in. */
export function useSignOut() {
  const client = useClient()
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  return useMutation({
    mutationFn: () => client.sessions.signOut(),
    onSuccess: async () => {
      await navigate({ to: '/sign-in', replace: true })
      queryClient.setQueryData(sessionKey, null)
      forgetPerson(queryClient)
    },
  })
}
