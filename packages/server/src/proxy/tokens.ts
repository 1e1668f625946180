import { hash, randomBytes } from 'node:crypto'
import type { Platform } from '../platform/platform.ts'
import { sameBytes } from '../platform/vault.ts'
import * as store from './store.ts'

/** What a browser shows at the host of one dev URL: good there, and only while the session lives. */
export interface HostToken {
  readonly sessionId: string
  /** In milliseconds. */
  readonly expiresAt: number
}

const codeMilliseconds = 60_000
const tokenMilliseconds = 24 * 3_600_000
const maxRemembered = 20_000

/** Codes that lead from the main host to that of a dev URL, and the tokens that they are changed for. */
export interface HostTokens {
  /** A code for one browser, host and session, once and within a minute. */
  newCode(label: string, sessionId: string, state: string, path: string): Promise<string>
  /** Takes a code; undefined where it is not this host's and this browser's, or was taken before. */
  redeem(
    label: string,
    code: string,
    nonce: string,
  ): Promise<{ token: string; path: string } | undefined>
  /** Reads a token; undefined where it is forged, of another host or too old. */
  read(label: string, token: string): HostToken | undefined
}

export function createHostTokens({ db, vault, clock }: Platform): HostTokens {
  // Checking the same text again and again would be a part of every request.
  const remembered = new Map<string, HostToken & { readonly label: string }>()

  const codeHash = (code: string, state: string): Buffer =>
    vault.mac('dev_url.code', `${code} ${state}`)

  return {
    async newCode(label, sessionId, state, path) {
      const code = randomBytes(32).toString('base64url')
      const now = clock.now()
      await store.insertCode(
        db,
        {
          hash: codeHash(code, state),
          label,
          session_id: sessionId,
          path,
          expires_at: new Date(now.getTime() + codeMilliseconds),
        },
        now,
      )
      return code
    },
    async redeem(label, code, nonce) {
      const now = clock.now()
      const taken = await store.takeCode(db, codeHash(code, stateOf(nonce)), label, now)
      if (taken === undefined) return undefined
      const expires = String(now.getTime() + tokenMilliseconds)
      const body = Buffer.from([taken.session_id, expires, label].join(' ')).toString('base64url')
      const token = `${body}.${vault.mac('dev_url.token', body).toString('base64url')}`
      return { token, path: taken.path }
    },
    read(label, token) {
      let found = remembered.get(token)
      if (found === undefined) {
        const [body = '', mac = ''] = token.split('.')
        const good = sameBytes(Buffer.from(mac, 'base64url'), vault.mac('dev_url.token', body))
        // One text for each token: what decodes alike is not another one.
        if (!good || token !== `${body}.${Buffer.from(mac, 'base64url').toString('base64url')}`) {
          return undefined
        }
        const [sessionId = '', expires = '', of = ''] = Buffer.from(body, 'base64url')
          .toString()
          .split(' ')
        found = { sessionId, expiresAt: Number(expires), label: of }
        if (remembered.size >= maxRemembered) remembered.clear()
        remembered.set(token, found)
      }
      return found.label === label && found.expiresAt > clock.now().getTime() ? found : undefined
    },
  }
}

/** What the main host is told of the browser's secret, so that it can bind a code to it. */
export function stateOf(nonce: string): string {
  return hash('sha256', nonce, 'base64url')
}

/** The browser's half of a code, which it keeps in a cookie of the host that it came from. */
export function newNonce(): string {
  return randomBytes(32).toString('base64url')
}
