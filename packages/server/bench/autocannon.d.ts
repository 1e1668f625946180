/** The part of autocannon that is used here; the package has no types. */
declare module 'autocannon' {
  interface Options {
    readonly url: string
    readonly connections: number
    readonly amount: number
    readonly headers: Readonly<Record<string, string>>
  }
  interface Summary {
    readonly '2xx': number
    readonly non2xx: number
    readonly errors: number
    /** Milliseconds. */
    readonly latency: { readonly p99: number }
  }
  const autocannon: (options: Options) => Promise<Summary>
  export default autocannon
}
