import { text } from 'node:stream/consumers'
import { type Command, ProviderFailure, type Running } from '../provider.ts'
import type { Engine } from './engine.ts'
import { runInContainer } from './exec.ts'
import { inspectContainer } from './life.ts'
import { killSession } from './local.ts'
import { userLabel } from './names.ts'
import type { ContainerInspect } from './wire.ts'

/** Runs a command in a workspace. */
export async function execIn(
  engine: Engine,
  workspaceId: string,
  command: Command,
): Promise<Running> {
  const container = await runningContainer(engine, workspaceId)
  return commandIn(engine, container, command)
}

/** Runs a command in a container that runs. */
export function commandIn(
  engine: Engine,
  container: ContainerInspect,
  command: Command,
): Promise<Running> {
  const user = command.user ?? container.Config.Labels?.[userLabel] ?? ''
  return runInContainer(
    engine.client,
    {
      container: container.Id,
      user,
      kill: async (leader, mark) => {
        if (engine.facts.localRoot !== undefined) killSession(container.State.Pid, leader, mark)
        else await killFromInside(engine, container, user, mark)
      },
    },
    command,
  )
}

/** The container of a workspace, which must run. */
export async function runningContainer(
  engine: Engine,
  workspaceId: string,
): Promise<ContainerInspect> {
  const container = await inspectContainer(engine.client, engine.names(workspaceId))
  if (container.State.Running) return container
  throw new ProviderFailure('not_running', 'The workspace is not running: start it first.')
}

/** Kills what has the mark in its environment, and says which sessions that was. */
const markedScript = `
for each in /proc/[0-9]*; do
  tr '\\0' '\\n' < "$each/environ" 2>/dev/null | grep -qxF "$1" || continue
  [ "\${each#/proc/}" = $$ ] && continue
  sed 's/^.*) //' "$each/stat" | cut -d ' ' -f 4
  kill -9 "\${each#/proc/}"
done 2>/dev/null`

/** Kills what is left of sessions, such as what sudo has started, which only root may. */
const sessionScript = `
for each in /proc/[0-9]*; do
  of=$(sed 's/^.*) //' "$each/stat" | cut -d ' ' -f 4)
  for session; do [ "$of" = "$session" ] && kill -9 "\${each#/proc/}"; done
done 2>/dev/null; true`

/** The numbers that the engine tells are its host's: inside, the mark finds what a command started. */
async function killFromInside(
  engine: Engine,
  container: ContainerInspect,
  user: string,
  mark: string,
): Promise<void> {
  const run = async (as: string, argv: Command['argv']): Promise<string> => {
    const running = await commandIn(engine, container, { argv, user: as, cwd: '/' })
    running.stdin.end()
    running.stderr.resume()
    const output = await text(running.stdout)
    await running.exit
    return output
  }
  const sessions = await run(user, ['sh', '-c', markedScript, 'sh', mark])
  const numbers = [...new Set(sessions.split('\n').filter((line) => /^[1-9]\d*$/.test(line)))]
  if (numbers.length > 0) await run('0:0', ['sh', '-c', sessionScript, 'sh', ...numbers])
}
