import { useQuery } from '@tanstack/react-query'
import { useClient } from '../session/client.tsx'

/** How many days keys last at most on this site; `undefined` while that is being read. */
export function useMaxAgeDays(): number | null | undefined {
  const client = useClient()
  const { data, isPending } = useQuery({
    queryKey: ['configuration'],
    queryFn: ({ signal }) => client.configuration.get({ signal }),
    staleTime: 60_000,
  })
  const value = data?.settings.find((setting) => setting.key === 'api_key_max_age_days')?.value
  if (isPending) return undefined
  return typeof value === 'number' ? value : null
}
