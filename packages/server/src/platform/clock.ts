/** Where the time comes from; tests turn it by hand. */
export interface Clock {
  /** Now. */
  now(): Date
}

export const systemClock: Clock = { now: () => new Date() }
