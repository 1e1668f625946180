import { sql } from 'kysely'
import type { Platform } from '../platform/platform.ts'
import type { Command, WorkspaceProvider, WorkspaceSpec } from '../provider/provider.ts'
import { ProviderFailure } from '../provider/provider.ts'
import { openSshKey } from '../users/ssh-keys.ts'
import type { Under } from './finish.ts'
import { imageSourceOf } from './image-source.ts'
import { dotfilesScript, type Gifts, inputOf, markers, prepareScript } from './preparation.ts'
import { run } from './run.ts'
import { revokeToken, rotateToken } from './token.ts'
import type { WorkspaceRecord } from './workspace.ts'

/** Processes and threads of a workspace at once. */
const maxProcesses = 4096

/**
 * Makes a workspace anew of its image and its home, starts it and prepares it for its owner; answers the
 * digest of the image that it runs. Whatever was there before, this holds afterwards.
 */
export async function startWorkspace(
  under: Under,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { platform, workspace, log } = under
  const provider = await platform.providers.of(workspace.provider_id)
  const source = await imageSourceOf(platform, workspace)
  signal.throwIfAborted()
  log.stage(`Getting the image ${workspace.image_repository}:${workspace.image_tag}`)
  await provider.fetchImage(source, log.detail, signal)
  signal.throwIfAborted()
  // The one before lies in the home, where what somebody else has chosen would find it.
  if (!workspace.trusted) {
    await platform.db.transaction().execute((tx) => revokeToken(tx, platform, workspace))
  }
  log.stage('Making the container')
  await provider.create(specOf(workspace, source), log.detail)
  signal.throwIfAborted()
  log.stage('Starting the container')
  await provider.start(workspace.id)
  signal.throwIfAborted()
  await prepare(under, provider, signal)
  return source.kind === 'registry' ? source.digest : workspace.tag_digest
}

function specOf(workspace: WorkspaceRecord, image: WorkspaceSpec['image']): WorkspaceSpec {
  return {
    workspaceId: workspace.id,
    hostname: workspace.name,
    image,
    cpuCores: workspace.cpu_cores,
    memoryGb: workspace.memory_gb,
    diskGb: workspace.disk_gb,
    maxProcesses,
    env: {
      CODER_WORKSPACE_ID: workspace.id,
      CODER_WORKSPACE_NAME: workspace.name,
      CODER_USERNAME: workspace.owner_username,
    },
  }
}

async function prepare(
  under: Under,
  provider: WorkspaceProvider,
  signal: AbortSignal,
): Promise<void> {
  const { platform, workspace, log } = under
  const owner = await findOwner(platform, workspace)
  const gifts = await giftsFor(under, owner)
  const wanted = new Set<string>()
  const stages: Readonly<Record<string, () => void>> = {
    [markers.home]: () => {
      log.stage('Preparing the home')
    },
    [markers.token]: () => {
      log.stage('Putting the token of the workspace in')
      if (gifts.token === '') log.detail('None: somebody else than the owner builds it')
    },
    [markers.git]: () => {
      log.stage('Configuring Git and SSH')
    },
    [markers.configure]: () => wanted.add('configure'),
    [markers.personalize]: () => wanted.add('personalize'),
    [markers.end]: () => wanted.add('end'),
  }
  const report = (line: string): void => {
    const stage = stages[line]
    if (stage === undefined) log.detail(line)
    else stage()
  }
  const script: Command = { argv: ['sh', '-c', prepareScript] }
  const code = await run(provider, workspace.id, script, { input: inputOf(gifts), report, signal })
  if (code !== 0) throw new ProviderFailure('failed', 'The home cannot be prepared: see above')
  if (!wanted.has('end')) {
    throw new ProviderFailure('failed', 'The engine lost what the workspace said: build it again')
  }

  const hook = async (name: string, command: Command, input = ''): Promise<void> => {
    log.stage(`Running ${name}`)
    const options = { input, report: log.detail, signal }
    const failed = await run(provider, workspace.id, command, options)
    // As in the original: the workspace is of use all the same.
    if (failed !== 0) log.error(`${name} failed with exit code ${failed}`)
  }
  if (wanted.has('configure')) await hook('/coder/configure', { argv: ['/coder/configure'] })
  if (owner.dotfiles_git_uri !== '') {
    const command: Command = { argv: ['sh', '-c', dotfilesScript] }
    await hook('the dotfiles', command, `${owner.dotfiles_git_uri}\n`)
  }
  if (wanted.has('personalize')) {
    await hook('~/personalize', { argv: ['sh', '-c', 'exec "$HOME/personalize"'] })
  }
}

async function findOwner({ db }: Platform, workspace: WorkspaceRecord) {
  return db
    .selectFrom('users')
    .where('id', '=', workspace.user_id)
    .select(['id', 'name', 'email', 'dotfiles_git_uri', 'ssh_public_key', 'ssh_private_key'])
    .select(sql<boolean>`status = 'active'`.as('is_active'))
    .executeTakeFirstOrThrow()
}

/**
 * What the workspace is given. A token has all rights of its owner, so only they let it in: by asking
 * for the build, or for the one before where nobody asks.
 */
async function giftsFor(
  { platform, workspace }: Under,
  owner: Awaited<ReturnType<typeof findOwner>>,
): Promise<Gifts> {
  const { trusted } = workspace
  const token = trusted && owner.is_active ? await rotateToken(platform, workspace) : ''
  const sealed = trusted ? owner.ssh_private_key : null
  return {
    url: platform.settings.current().access_url?.replace(/\/$/, '') ?? '',
    token,
    gitName: owner.name,
    gitEmail: owner.email,
    publicKey: sealed === null ? '' : (owner.ssh_public_key ?? ''),
    privateKey: sealed === null ? '' : openSshKey(platform, owner.id, sealed),
  }
}
