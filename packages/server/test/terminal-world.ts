import { addWorkspace } from './workspace-rows.ts'
import { addProvider } from './workspace-world.ts'
import { useEngine } from './engine.ts'
import type { Person, TestServer } from './harness.ts'

export interface TerminalWorld {
  /** A workspace that runs on a real engine, without a build. */
  running(owner: Pick<Person, 'id'>, organization?: string): Promise<string>
  /** What a command prints in a workspace, run beside its terminals. */
  inside(workspace: string, script: string): Promise<string>
  /** Removes what was made. */
  clear(): Promise<void>
}

/** Workspaces on a real engine, for what is not about how they come to be. */
export async function terminalWorld(server: TestServer): Promise<TerminalWorld> {
  const engine = await useEngine()
  const made: string[] = []
  const id = await addProvider(server, engine.url)
  const provider = await server.platform.providers.of(id)
  return {
    async running(owner, organization = server.organizationId) {
      const workspace = await addWorkspace(server, { owner: owner.id, organization, provider: id })
      await provider.create(
        {
          workspaceId: workspace,
          hostname: 'terminal',
          image: engine.image,
          cpuCores: 1,
          memoryGb: 0.5,
          diskGb: 1,
          maxProcesses: 500,
          env: {},
        },
        () => undefined,
      )
      await provider.start(workspace)
      made.push(workspace)
      return workspace
    },
    async inside(workspace, script) {
      const running = await provider.exec(workspace, { argv: ['sh', '-c', script] })
      let output = ''
      running.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
      running.stderr.resume()
      running.stdin.end()
      await running.exit
      return output
    },
    async clear() {
      await Promise.all(made.map((workspace) => provider.remove(workspace, 'nothing')))
    },
  }
}
