import { ApiError } from '@atelier/api'

/** What to tell a person about a failure, as one or two sentences. */
export function problemText(error: unknown): string {
  if (error instanceof ApiError) {
    // What the server does not explain, nobody can act on.
    return error.status === 500
      ? 'The server has failed at this. Try again; if it stays, tell an administrator the number of the request.'
      : error.message
  }
  return 'Something went wrong on this page. Reload it and try again.'
}

/** The number that an administrator finds in the server's log. */
export function requestIdOf(error: unknown): string | undefined {
  const id = error instanceof ApiError ? error.problem.request_id : ''
  return id === '' ? undefined : id
}
