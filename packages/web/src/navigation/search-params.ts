/** Reads `?a=1&b=x` as plain strings, so that addresses stay readable and editable by hand. */
export function parseSearch(search: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(search))
}

/** Writes what has a value, and nothing else. */
export function stringifySearch(search: Record<string, unknown>): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(search)) {
    if (value === undefined || value === null || value === '') continue
    params.set(name, String(value as string | number | boolean))
  }
  return params.size === 0 ? '' : `?${params.toString()}`
}
