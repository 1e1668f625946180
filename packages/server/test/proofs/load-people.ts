import { createClient } from '@atelier/api'

/** The site admin that the variables of a test create. */
export const admin = { email: 'ann@example.com', password: 'correct horse battery' }

/**
 * Creates site managers through the API of a running server and signs them in: each with a session,
 * the last one with an API key.
 */
export async function signUp(
  url: string,
  count: number,
): Promise<readonly { userId: string; token: string }[]> {
  const { client: asAdmin } = await signIn(url, admin.email)
  return Promise.all(
    Array.from({ length: count }, async (_each, index) => {
      const username = `manager-${index}`
      const { id } = await asAdmin.users.create({
        body: {
          name: username,
          username,
          email: `${username}@example.com`,
          password: admin.password,
          temporary_password: false,
          role: 'site-manager',
        },
      })
      const { token, client } = await signIn(url, username)
      if (index < count - 1) return { userId: id, token }
      const { key } = await client.apiKeys.create({ params: { user: 'me' }, body: { name: 'key' } })
      return { userId: id, token: key }
    }),
  )
}

/** Signs somebody in, by e-mail or username. */
export async function signIn(url: string, login: string, password = admin.password) {
  const { session_token: token } = await createClient({ baseUrl: url }).sessions.basicLogin({
    body: { email: login, password },
  })
  return { token, client: createClient({ baseUrl: url, token }) }
}
