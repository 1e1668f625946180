import { sql, type Expression, type SqlBool } from 'kysely'

/** The words of a search, as they are compared: in small letters. */
export function wordsOf(search: string | undefined): string[] {
  return (search ?? '').toLowerCase().split(/\s+/).filter(Boolean)
}

/** The pattern of LIKE that finds a word anywhere, whatever is in it. */
export function anywhere(word: string): string {
  return `%${escaped(word)}%`
}

/** The pattern of LIKE that finds a word where words begin. */
export function whereWordsBegin(word: string): string {
  return `% ${escaped(word)}%`
}

/** Whether a word has too few letters for an index of trigrams. */
export function isShort(word: string): boolean {
  return Array.from(word).length < 3
}

function escaped(word: string): string {
  return word.replace(/[\\%_]/g, '\\$&')
}

/** Every condition; true where there is none. */
export function all(conditions: readonly Expression<SqlBool>[]) {
  return conditions.length === 0
    ? sql<SqlBool>`true`
    : sql<SqlBool>`(${sql.join(conditions, sql` and `)})`
}
