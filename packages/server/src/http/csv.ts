/**
 * A cell that no spreadsheet takes for a formula: a leading `= + - @`, tab or carriage return gets
 * an apostrophe before it (OWASP, CSV injection).
 */
export function csvCell(value: string): string {
  return /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
}
