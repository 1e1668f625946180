import { PortClosed, ProviderFailure } from '../provider/provider.ts'
import type { Destination } from './directory.ts'
import type { Notice } from './pages.ts'

// What is said to a visitor. To whom a dev URL is not shown, none is there: both are said the same.

/** Nothing is here, or nothing that this visitor may know of. */
export function hidden(username: string | undefined): Notice {
  return {
    code: 'resource.not_found',
    title: 'There is nothing here for you',
    text: [
      ...(username === undefined ? [] : [`You are signed in as ${username}.`]),
      'Either this address leads nowhere, or what is here is not shared with you. Whoever gave you the address can check it, and share it with the organization or with everybody who is signed in.',
    ],
  }
}

export const signIn: Notice = {
  code: 'session.required',
  title: 'Sign in to open this',
  text: ['Open the address in your browser, or send an API key as the cookie devurl_session.'],
}

/** The browser does not keep the cookie: leading it to sign in again would never end. */
export const cookiesRefused: Notice = {
  code: 'session.required',
  title: 'Your browser keeps no cookie of this address',
  text: [
    'You are signed in, but the cookie that says so here did not come back. Allow cookies for this address, and open it again.',
  ],
}

export const foreignPage: Notice = {
  code: 'session.foreign_origin',
  title: 'This request came from a page of another site',
  text: ['Only pages of the same owner’s dev URLs may use your access to this one.'],
}

export const malformed: Notice = {
  code: 'request.invalid',
  title: 'This is not a request that can be passed on',
  text: ['Its address or its headers are not what HTTP allows here.'],
}

/** To the owner of the workspace, who may have an address for any port by opening it. */
export function offer(workspace: string, port: number, path: string): Notice {
  return {
    code: 'resource.not_found',
    title: `Port ${port} of ${workspace} has no dev URL yet`,
    text: ['You can create a private one, which only you can open, and share it later.'],
    action: {
      label: 'Create it and open',
      post: `/_atelier/create?to=${encodeURIComponent(path)}`,
    },
  }
}

/** The workspace does not run: undefined where it does. */
export function notRunning(
  { status, workspace_name: name, workspace_id: id, user_id: owner }: Destination,
  visitorId: string | undefined,
  main: string,
): Notice | undefined {
  const code = 'dev_url.not_running'
  const own = visitorId === owner
  const href = `${main}/workspaces/${id}`
  switch (status) {
    case 'running':
      return undefined
    case 'queued':
    case 'building':
      return {
        code,
        title: 'The workspace is starting',
        text: ['What you opened will be here as soon as it runs.'],
        again: 3,
        ...(own ? { action: { label: `Watch ${name} start`, href } } : {}),
      }
    case 'deleting':
      return { code, title: 'The workspace is being deleted', text: ['Its dev URLs go with it.'] }
    case 'stopping':
    case 'off':
    case 'failed':
      return {
        code,
        title: 'The workspace is off',
        text: [
          own
            ? `Start ${name}, and open this again.`
            : 'Whoever it belongs to can start it. Then open this again.',
        ],
        ...(own ? { action: { label: `Go to ${name}`, href } } : {}),
      }
  }
}

/** Why the app gives no answer. */
export function noAnswer(error: Error, { port }: Pick<Destination, 'port'>): Notice {
  if (error instanceof PortClosed) {
    return {
      code: 'dev_url.not_listening',
      title: `Nothing listens on port ${port}`,
      text: [
        'The workspace runs, but no program takes connections on this port. Start it, on localhost or on all addresses.',
      ],
      again: 5,
    }
  }
  if (error instanceof ProviderFailure) {
    return {
      code: 'dev_url.unreachable',
      title: 'The workspace cannot be reached',
      text: ['What runs it does not answer at the moment. An administrator can see why.'],
      again: 10,
    }
  }
  return {
    code: 'dev_url.not_listening',
    title: `The program on port ${port} gave no answer`,
    text: [
      'It took the connection and closed it, or does not speak HTTP the way the dev URL says: check whether that is http or https.',
    ],
  }
}

/** Something of ours went wrong, such as a database that does not answer. */
export const outOfOrder: Notice = {
  code: 'server.unavailable',
  title: 'This cannot be opened at the moment',
  text: ['The server could not find out what is here. Try again in a moment.'],
  again: 5,
}
