import { nextStep, type Owner, type Step } from './load-steps.ts'

/** Somebody who makes one change after the other, to objects that are nobody else's. */
export interface LoadClient extends Owner {
  readonly userId: string
  readonly token: string
  readonly acknowledged: { readonly step: Step; readonly id: string | undefined }[]
  /** Whose answer never came, or was 503: done or not. */
  unknown: Step | undefined
}

export interface LoadOptions {
  readonly url: string
  readonly clients: readonly LoadClient[]
  /** How many changes are begun at most. */
  readonly changes: number
  /** Told how many were acknowledged, right when one was; answers whether to begin others. */
  readonly acknowledged: (count: number) => boolean
}

/** A client whose changes are drawn by this seed. */
export function newClient(
  name: string,
  who: { userId: string; token: string },
  seed: number,
): LoadClient {
  return {
    name,
    ...who,
    draw: drawer(seed),
    things: new Map(),
    ownsSettings: name === 'c0',
    acknowledged: [],
    unknown: undefined,
    count: 0,
  }
}

/** Numbers below a bound, the same for the same seed (mulberry32). */
export function drawer(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

/**
 * Makes changes from all clients at once, until they are made or a client gets no answer. Answers
 * how many were acknowledged, and what was refused although it should not have been.
 */
export async function runLoad(options: LoadOptions): Promise<{ count: number; refused: string[] }> {
  let begun = 0
  let count = 0
  let goesOn = true
  const refused: string[] = []
  const run = async (client: LoadClient): Promise<void> => {
    while (goesOn && begun < options.changes) {
      begun++
      const step = nextStep(client)
      const answer = await ask(options.url, client, step)
      if (answer === undefined || answer.status === 503) {
        client.unknown = step
        return
      }
      if (answer.status >= 300) {
        refused.push(`${step.method} ${step.path}: ${answer.status} ${answer.text}`)
        return
      }
      acknowledge(client, step, idIn(answer.text))
      goesOn = options.acknowledged(++count) && goesOn
    }
  }
  await Promise.all(options.clients.map(run))
  return { count, refused }
}

/** Takes the step as done: what it made is now expected. */
export function acknowledge(client: LoadClient, step: Step, id: string | undefined): void {
  client.acknowledged.push({ step, id })
  for (const [name, fields] of step.after) {
    const known = client.things.get(name)?.id ?? id ?? ''
    if (fields === undefined) client.things.delete(name)
    else client.things.set(name, { id: known, fields })
  }
}

async function ask(
  url: string,
  client: LoadClient,
  { method, path, body, requestId }: Step,
): Promise<{ status: number; text: string } | undefined> {
  try {
    const response = await fetch(url + path, {
      method,
      headers: {
        'session-token': client.token,
        'x-request-id': requestId,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: response.status, text: await response.text() }
  } catch {
    return undefined
  }
}

function idIn(text: string): string | undefined {
  if (text === '') return undefined
  const body = JSON.parse(text) as { readonly id?: string; readonly key?: string } | null
  return body?.id ?? body?.key?.slice(0, 10)
}
