import pg from 'pg'

type Parser = (text: string) => unknown
type GetParser = (id: number, format?: 'text' | 'binary') => Parser

const oid = {
  int8: 20,
  int8Array: 1016,
  textArray: 1009,
  date: 1082,
  dateArray: 1182,
  timestamptz: 1184,
  timestamptzArray: 1185,
  numeric: 1700,
  numericArray: 1231,
}

const ownParsers = new Map<number, Parser>([
  [oid.int8, parseInt8],
  [oid.int8Array, arrayOf(parseInt8)],
  [oid.date, (text) => text],
  [oid.dateArray, arrayOf((text) => text)],
  [oid.timestamptz, parseTimestamp],
  [oid.timestamptzArray, arrayOf(parseTimestamp)],
  [oid.numeric, Number],
  [oid.numericArray, arrayOf(Number)],
])

const defaultParser = pg.types.getTypeParser as GetParser

const getTypeParser: GetParser = (id, format) =>
  (format !== 'binary' && ownParsers.get(id)) || defaultParser(id, format)

/** How values from Postgres become JavaScript values, for the `types` option of one pool. */
export const typeParsers: pg.CustomTypesConfig = { getTypeParser }

/**
 * Turns a `timestamptz` as Postgres prints it in UTC into RFC 3339 with exactly three decimals, the
 * further ones cut off. Works on the text, because a `Date` for each row is what costs in a list.
 */
export function parseTimestamp(text: string): string {
  if (!/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?\+00$/.test(text)) {
    throw new RangeError(`The timestamp "${text}" is not one of the years 0001 to 9999 in UTC.`)
  }
  const fraction = text.slice(20, -3)
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${fraction.slice(0, 3).padEnd(3, '0')}Z`
}

/** Turns a `bigint` into a number, and refuses one that a number cannot hold exactly. */
export function parseInt8(text: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value)) return value
  throw new RangeError(`The bigint ${text} does not fit into a JavaScript number.`)
}

function arrayOf(parser: Parser): Parser {
  return (text) => {
    const elements = defaultParser(oid.textArray)(text) as (string | null)[]
    return elements.map((element) => (element === null ? null : parser(element)))
  }
}
