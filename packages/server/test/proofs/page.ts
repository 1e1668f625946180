/** An open page: what the server tells it of its user's access. */
export interface Page {
  /** The name of the next event; `end` when the server has closed the stream. */
  next(): Promise<string>
  close(): void
}

/** Opens the stream of server-sent events as a page does; resolves when the server knows the page. */
export async function openPage(url: string, token: string): Promise<Page> {
  const controller = new AbortController()
  const response = await fetch(`${url}/api/v0/events`, {
    headers: { 'session-token': token },
    signal: controller.signal,
  })
  if (response.status !== 200 || response.body === null) {
    throw new Error(`the stream of events answered ${response.status}`)
  }
  const chunks = response.body.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  return {
    async next() {
      for (;;) {
        const event = /event: (\w+)\ndata: .*\n\n/.exec(text)
        if (event !== null) {
          text = text.slice(event.index + event[0].length)
          return event[1] ?? ''
        }
        const { done, value } = await chunks.read()
        if (done) return 'end'
        text += value
      }
    },
    close: () => {
      controller.abort()
    },
  }
}
