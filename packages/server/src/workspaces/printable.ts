const escape = String.fromCharCode(27)
const bell = String.fromCharCode(7)
/** What programs send to paint terminals, or to make them do something (ECMA-48). */
const escapeSequence = new RegExp(
  `${escape}(?:\\[[0-?]*[ -/]*[@-~]|\\][^${bell}${escape}]*(?:${bell}|${escape}\\\\)|[@-Z\\\\-_])`,
  'g',
)
const longest = 4_000

/**
 * What a workspace, an engine or a registry said, as text that may be shown to others: nothing in it
 * commands their terminals, and nothing is what no text of Postgres holds.
 */
export function printable(message: string): string {
  const plain = message
    .replace(escapeSequence, '')
    .replace(/\r\n?/g, '\n')
    .replace(/[^\P{Cc}\n\t]/gu, '')
  // Half of a character that two units make would be no text either.
  const whole = Buffer.from(plain.slice(0, longest)).toString()
  return plain.length > longest ? `${whole}…` : whole
}
