import type { Client, ShownBanner } from '@atelier/api'
import { queryOptions } from '@tanstack/react-query'
import type { z } from 'zod'

export type Shown = z.output<typeof ShownBanner>

export const shownBannersKey = ['banners', 'shown'] as const

/** The banners of this moment; they start and end by the clock, so they are asked for again. */
export function shownBannersQuery(client: Client) {
  return queryOptions({
    queryKey: shownBannersKey,
    queryFn: ({ signal }) => client.banners.shown({ signal }),
    staleTime: 60_000,
    refetchInterval: 5 * 60_000,
    retry: false,
  })
}
