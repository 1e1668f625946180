/**
 * A cell that no spreadsheet takes for a formula: one that begins like a formula, also in full width or
 * after white space, gets an apostrophe before it (OWASP, CSV injection).
 */
export function csvCell(value: string): string {
  return /^(?:\s*[=+\-@＝＋－＠]|[\t\r\n])/.test(value) ? `'${value}` : value
}

/**
 * How all CSV is written: every cell in quotes, so that a spreadsheet whose separator is another one
 * does not begin a new cell, which could be a formula, in the middle of a name.
 */
export const csvStyle = { quoted: true, quoted_empty: true } as const
