/** Stretches of time that end now. */
export const spans = ['1h', '24h', '7d', '30d', '90d'] as const

export type Span = (typeof spans)[number]

export const spanLabels: Readonly<Record<Span, string>> = {
  '1h': 'Last hour',
  '24h': 'Last 24 hours',
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
  '90d': 'Last 90 days',
}

interface Range {
  range_start?: string | undefined
  range_end?: string | undefined
}

/** The range of an address as the contract takes it: a span counts back from now. */
export function rangeOf(search: Range & { within?: Span | undefined }, now: Date): Range {
  if (search.within === undefined) {
    return { range_start: search.range_start, range_end: search.range_end }
  }
  const amount = Number.parseInt(search.within)
  const hours = search.within.endsWith('d') ? amount * 24 : amount
  return { range_start: new Date(now.getTime() - hours * 3_600_000).toISOString() }
}

/** A moment as a `datetime-local` field holds it: the reader's own time, to the minute. */
export function toField(moment: string | undefined): string {
  if (moment === undefined) return ''
  const date = new Date(moment)
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000)
  return local.toISOString().slice(0, 16)
}

/** The moment that a `datetime-local` field means; nothing for an empty or unfinished one. */
export function fromField(text: string): string | undefined {
  const date = new Date(text)
  return text === '' || Number.isNaN(date.getTime()) ? undefined : date.toISOString()
}

/** Why a range can hold nothing, as a sentence. */
export function rangeProblem({ range_start: start, range_end: end }: Range): string | undefined {
  if (start === undefined || end === undefined || Date.parse(start) < Date.parse(end)) {
    return undefined
  }
  return 'Choose an end after the beginning'
}
