interface Choice {
  readonly value: string
  readonly label: string
}

const hour = 3_600_000

export const autoOffChoices: readonly Choice[] = [
  { value: '0', label: 'Never' },
  { value: String(8 * hour), label: '8 hours' },
  { value: String(16 * hour), label: '16 hours' },
  { value: String(24 * hour), label: '1 day' },
  { value: String(168 * hour), label: '1 week' },
]

export const cpuChoices = rates([1, 2, 4, 8, 16, 32])

export const memoryChoices = rates(Array.from({ length: 13 }, (_, step) => 1 + step / 4))

function rates(values: readonly number[]): readonly Choice[] {
  return values.map((value) => ({ value: String(value), label: `${String(value)}:1` }))
}

/** The choices, and the current value among them, should it be none of them. */
export function withCurrent(choices: readonly Choice[], current: string): Choice[] {
  if (choices.some(({ value }) => value === current)) return [...choices]
  return [...choices, { value: current, label: labelOf(choices, current) }]
}

/** How a stored value reads. */
export function labelOf(choices: readonly Choice[], value: string): string {
  const known = choices.find((choice) => choice.value === value)
  if (known !== undefined) return known.label
  return choices === autoOffChoices
    ? `${String(Math.round((Number(value) / hour) * 10) / 10)} hours`
    : `${value}:1`
}
