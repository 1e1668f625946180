/** One line of the table that `npm run bench` prints. */
export interface Result {
  readonly part: string
  readonly name: string
  readonly ratio: number
  readonly bound: number
  /** Whether the ratio should stay below the bound or reach it. */
  readonly sense: 'at most' | 'at least'
  /** What the ratio was made of, for whoever judges whether it means anything. */
  readonly detail: string
}

/** Hands the results to the process that started this one. */
export function report(results: readonly Result[]): void {
  process.send?.({ results })
}

/** The middle value; of two middle ones the mean. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2
}

/** Milliseconds to read, with three digits that mean something. */
export function milliseconds(value: number): string {
  return `${value.toPrecision(3)} ms`
}
