import { median, milliseconds, type Result } from './result.ts'
import { workspacesOfEach } from './workspaces-rows.ts'

/** A server with so many workspaces, and the tokens of those who list them. */
export interface Lists {
  readonly url: string
  readonly manager: string
  readonly member: string
}

const limit = 50
const questionsAtOnce = 10
const bound = 2

/** Pages of a list at size against those of a short one: first and last full page, for who sees all and for who sees theirs. */
export async function listCosts(few: Lists, many: Lists, rounds: number): Promise<Result[]> {
  const results: Result[] = []
  for (const [who, title, seen, step] of [
    ['manager', 'a site manager', limit, limit],
    ['member', `a member with ${workspacesOfEach}`, workspacesOfEach, workspacesOfEach / 2],
  ] as const) {
    const first = { path: pathOf(limit), rows: seen }
    const deep = async (of: Lists): Promise<Question> => ({
      path: await lastPath(of, of[who], step),
      rows: step,
    })
    for (const [page, short, long] of [
      ['first page', first, first],
      ['deep page', await deep(few), await deep(many)],
    ] as const) {
      const times = { few: [] as number[], many: [] as number[] }
      for (let round = -2; round < rounds; round++) {
        const before = await timeOf(few, few[who], short)
        const now = await timeOf(many, many[who], long)
        if (round < 0) continue
        times.few.push(before)
        times.many.push(now)
      }
      const [base, time] = [median(times.few), median(times.many)]
      results.push({
        part: 'workspaces',
        name: `List of workspaces at size, ${page}, ${title}`,
        ratio: time / base,
        bound,
        sense: 'at most',
        detail: `${milliseconds(base)} → ${milliseconds(time)}`,
      })
    }
  }
  return results
}

interface Question {
  readonly path: string
  /** So many the answer has: an empty one would be fast. */
  readonly rows: number
}

function pathOf(size: number): string {
  return `/api/v0/workspaces?limit=${size}`
}

/** Follows the pages to the last one, asked for with the usual limit. */
async function lastPath(of: Lists, token: string, step: number): Promise<string> {
  let path = pathOf(step)
  for (;;) {
    const { next } = await ask(of, token, path)
    if (next === undefined) return path.replace(`limit=${step}`, `limit=${limit}`)
    path = next
  }
}

async function timeOf(of: Lists, token: string, { path, rows }: Question): Promise<number> {
  const began = performance.now()
  for (let n = 0; n < questionsAtOnce; n++) {
    const { count } = await ask(of, token, path)
    if (count !== rows) throw new Error(`${path} has ${count} workspaces in place of ${rows}`)
  }
  return (performance.now() - began) / questionsAtOnce
}

async function ask({ url }: Lists, token: string, path: string) {
  const answer = await fetch(url + path, { headers: { 'session-token': token } })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${path} answered ${answer.status} ${text}`)
  return {
    count: (JSON.parse(text) as unknown[]).length,
    next: /^<([^>]+)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1],
  }
}
