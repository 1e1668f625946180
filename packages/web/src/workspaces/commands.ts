import type { Client, Workspace } from '@atelier/api'
import { useMutation } from '@tanstack/react-query'
import { useClient } from '../session/client.tsx'
import { notifyDone, notifyFailed } from '../shell/notify.ts'
import { useWorkspaceChanged } from './queries.ts'

type Command = 'start' | 'cancel'

const commands: Readonly<
  Record<
    Command,
    {
      readonly send: (client: Client, params: { workspace: string }) => Promise<Workspace>
      readonly done: (name: string) => string
      readonly failed: (name: string) => string
    }
  >
> = {
  start: {
    send: (client, params) => client.workspaces.update({ params, body: {} }),
    done: (name) => `${name} is starting.`,
    failed: (name) => `${name} could not be started`,
  },
  cancel: {
    send: (client, params) => client.workspaces.cancel({ params }),
    done: (name) => `The build of ${name} is being canceled.`,
    failed: (name) => `The build of ${name} could not be canceled`,
  },
}

/** What is done to a workspace without asking first. */
export function useWorkspaceCommand() {
  const client = useClient()
  const changed = useWorkspaceChanged()
  return useMutation({
    mutationFn: ({ command, workspace }: { command: Command; workspace: Workspace }) =>
      commands[command].send(client, { workspace: workspace.id }),
    onSuccess: (result, { command }) => {
      notifyDone(commands[command].done(result.name))
      void changed(result)
    },
    onError: (error, { command, workspace }) => {
      notifyFailed(commands[command].failed(workspace.name), error)
      void changed()
    },
  })
}
