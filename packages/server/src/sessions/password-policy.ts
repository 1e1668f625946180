import { ZxcvbnFactory } from '@zxcvbn-ts/core'
import * as common from '@zxcvbn-ts/language-common'
import { Fault } from '../faults.ts'

export const minimumLength = 10
/** zxcvbn's scale of 0 to 4: 3 withstands 10^8 guesses. */
export const minimumScore = 3

/** The policy as people read it before they choose. */
export const policySentence = `Use at least ${minimumLength} characters that are hard to guess: several unusual words do better than one word with digits.`

const estimator = new ZxcvbnFactory({
  dictionary: { ...common.dictionary },
  graphs: common.adjacencyGraphs,
})

/** How a password fares against the policy; `hints` (name, e-mail, username) count as guessable. */
export function judgePassword(
  password: string,
  hints: readonly string[],
): { acceptable: boolean; score: number; policy: string; messages: string[] } {
  const words = hints.flatMap((hint) => hint.split(/[\s@.]+/)).filter((word) => word.length > 2)
  // The estimator's time grows with the length; beyond 100 characters nothing changes.
  const { score } = estimator.check(password.slice(0, 100), [...hints, ...words, 'atelier'])
  const messages: string[] = []
  if (password.length < minimumLength) {
    messages.push(`Use at least ${minimumLength} characters: this has ${password.length}`)
  }
  if (score < minimumScore) {
    messages.push(
      'This is too easy to guess: add unusual words, and avoid names, dates and patterns',
    )
  }
  return { acceptable: messages.length === 0, score, policy: policySentence, messages }
}

/** Refuses a password that the policy does not accept. */
export function demandStrongPassword(password: string, hints: readonly string[]): void {
  const { acceptable, messages } = judgePassword(password, hints)
  if (acceptable) return
  throw new Fault('user.password_weak', messages.join('. '), {
    errors: messages.map((message) => ({ path: 'password', message })),
  })
}
