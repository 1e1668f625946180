export const expiryChoices = ['keep', '7', '30', '90', '365', 'date', 'never'] as const

/** Days from now, a date that is entered beside it, no expiry, or what the key has already. */
export type ExpiryChoice = (typeof expiryChoices)[number]

const dayMilliseconds = 86_400_000

/** What can be chosen on a site whose keys last `maxDays` at most. */
export function expiryOptions(
  maxDays: number | null,
  keep: string | undefined,
): { value: ExpiryChoice; label: string }[] {
  const days = (['7', '30', '90', '365'] as const)
    .filter((value) => maxDays === null || Number(value) < maxDays)
    .map((value) => ({ value, label: value === '365' ? '1 year' : `${value} days` }))
  return [
    ...(keep === undefined ? [] : [{ value: 'keep' as const, label: keep }]),
    ...days,
    ...(maxDays === 1 ? [] : [{ value: 'date' as const, label: 'On a date' }]),
    {
      value: 'never' as const,
      label:
        maxDays === null
          ? 'No expiry'
          : `As long as this site allows: ${maxDays === 1 ? '1 day' : `${String(maxDays)} days`}`,
    },
  ]
}

/** The longest of the short choices that the site allows: a key that is forgotten should end. */
export function defaultExpiry(maxDays: number | null): ExpiryChoice {
  return maxDays === null || maxDays > 90 ? '90' : 'never'
}

/** What is sent: a moment, `null` for no expiry of its own, nothing to leave it, '' for no date. */
export function expiresAt(
  choice: ExpiryChoice,
  date: string,
  now: Date,
): string | null | undefined {
  if (choice === 'keep') return undefined
  if (choice === 'never') return null
  if (choice !== 'date') {
    return new Date(now.getTime() + Number(choice) * dayMilliseconds).toISOString()
  }
  // The whole of the chosen day, in the reader's own time zone.
  const end = new Date(`${date}T23:59:59`)
  return Number.isNaN(end.getTime()) ? '' : end.toISOString()
}

/** The days between which a date field lets one choose, as it writes them. */
export function dateRange(
  maxDays: number | null,
  now: Date,
): { readonly min: string; readonly max: string | undefined } {
  return {
    min: dayOf(now),
    // The chosen day counts to its end, so the last one that fits is the one before.
    max:
      maxDays === null
        ? undefined
        : dayOf(new Date(now.getTime() + (maxDays - 1) * dayMilliseconds)),
  }
}

/** Whether a key has ended, or will within a week. */
export function urgencyOf(expires: string | null, now: Date): 'expired' | 'soon' | 'none' {
  if (expires === null) return 'none'
  const left = Date.parse(expires) - now.getTime()
  return left <= 0 ? 'expired' : left < 7 * dayMilliseconds ? 'soon' : 'none'
}

function dayOf(time: Date): string {
  const two = (part: number) => String(part).padStart(2, '0')
  return `${String(time.getFullYear())}-${two(time.getMonth() + 1)}-${two(time.getDate())}`
}
