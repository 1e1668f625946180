import { randomToken } from '../../src/platform/ids.ts'
import { nowhere } from '../workspace-world.ts'
import type { Call, Dice, Stage } from './calls.ts'

const unique = () => `n${randomToken(10).toLowerCase()}`

const workspacePath = (stage: Stage, dice: Dice, part = '') =>
  `/api/v0/workspaces/${dice.pick(stage.workspaces)}${part}`
const providerPath = (stage: Stage, dice: Dice, part = '') =>
  `/api/private/resource-pools/${dice.pick(stage.providers)}${part}`
const devUrlPath = (stage: Stage, dice: Dice) => {
  const { id, workspace } = dice.pick(stage.devUrls)
  return `/api/v0/workspaces/${workspace}/devurls/${id}`
}

const levels = ['PRIVATE', 'ORG', 'AUTHED', 'PUBLIC'] as const

/** What an actor could do to workspaces, to what runs them and to what is shared of them. */
export const workspaceCalls: Readonly<Record<string, Call>> = {
  'workspaces.create': (stage, dice) => ({
    path: '/api/v0/workspaces',
    body: {
      name: unique(),
      org_id: dice.pick(stage.organizations),
      image_id: dice.pick(stage.images),
      for_user_id: dice.pick(['', ...stage.people.map(({ id }) => id)]),
    },
    learn: ({ body }) => stage.workspaces.push(body.id),
  }),
  'workspaces.update': (stage, dice) => ({
    path: workspacePath(stage, dice),
    body: dice.pick([{}, { cpu_cores: 2 }, { image_id: dice.pick(stage.images) }]),
  }),
  'workspaces.schedule': (stage, dice) => ({
    path: workspacePath(stage, dice, '/schedule'),
    body: { autostart_enabled: dice.pick([true, false]), auto_off_threshold: null },
  }),
  'workspaces.stop': (stage, dice) => ({ path: workspacePath(stage, dice, '/stop') }),
  'workspaces.cancel': (stage, dice) => ({ path: workspacePath(stage, dice, '/cancel') }),
  'workspaces.remove': (stage, dice) => ({ path: workspacePath(stage, dice) }),
  'workspaceProviders.create': (stage, dice) => ({
    path: '/api/private/resource-pools',
    body: {
      name: unique(),
      kind: 'engine',
      endpoint: nowhere,
      org_whitelist: [dice.pick(stage.organizations)],
    },
    learn: ({ body }) => stage.providers.push(body.id),
  }),
  'workspaceProviders.update': (stage, dice) => ({
    path: providerPath(stage, dice),
    body: dice.pick([{ name: unique() }, { org_whitelist: [dice.pick(stage.organizations)] }]),
  }),
  'workspaceProviders.remove': (stage, dice) => ({ path: providerPath(stage, dice) }),
  'workspaceProviders.check': (stage, dice) => ({ path: providerPath(stage, dice, '/check') }),
  'workspaceProviders.cordon': (stage, dice) => ({
    path: providerPath(stage, dice, '/cordon'),
    body: { reason: 'Mine now' },
  }),
  'workspaceProviders.uncordon': (stage, dice) => ({
    path: providerPath(stage, dice, '/uncordon'),
  }),
  'devUrls.create': (stage, dice) => ({
    path: workspacePath(stage, dice, '/devurls'),
    body: { port: dice.pick([3000, 8080]), access: dice.pick(levels) },
    learn: ({ body }) => stage.devUrls.push({ id: body.id, workspace: body.workspace_id }),
  }),
  'devUrls.update': (stage, dice) => ({
    path: devUrlPath(stage, dice),
    body: { port: 3000, access: dice.pick(levels) },
  }),
  'devUrls.remove': (stage, dice) => ({ path: devUrlPath(stage, dice) }),
  'devUrls.updateConfig': (_, dice) => ({
    path: '/api/private/devurls/config',
    body: { private: true, org: true, authed: dice.pick([true, false]), public: false },
  }),
}
