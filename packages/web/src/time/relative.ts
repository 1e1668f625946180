const units: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
]

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
const exact = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'long' })

/**
 * `3 hours ago`, `in 2 days`, `just now`. What is past is rounded down, since so much has gone by;
 * what is to come to the nearest: 90 days chosen a minute ago are three months.
 */
export function relativeTime(value: Date, now: Date): string {
  const seconds = (value.getTime() - now.getTime()) / 1000
  const round = seconds > 0 ? Math.round : Math.trunc
  for (const [unit, size] of units) {
    if (Math.abs(seconds) >= size) return relative.format(round(seconds / size), unit)
  }
  return seconds > 5 ? 'in a moment' : 'just now'
}

/** The moment in the reader's own time zone, which is named. */
export function exactTime(value: Date): string {
  return exact.format(value)
}
