/** A moment as a `datetime-local` field holds it: in the reader's time zone, to the minute. */
export function toLocalTime(value: string | null): string {
  if (value === null) return ''
  const moment = new Date(value)
  const shifted = new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000)
  return shifted.toISOString().slice(0, 16)
}

/** The moment that a `datetime-local` field names, in UTC; nothing for an empty field. */
export function fromLocalTime(text: string): string | null {
  if (text === '') return null
  const moment = new Date(text)
  return Number.isNaN(moment.getTime()) ? text : moment.toISOString()
}

/** The reader's time zone: `Europe/Paris`. */
export function timeZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone
}
