import { spawn } from 'node:child_process'

export interface CommandIdentity {
  uid: number
  gid: number
}

export interface CommandResult {
  /** The exit code, or undefined when the program could not be run or was killed. */
  code: number | undefined
  /** What it wrote to stdout and stderr, in order. */
  output: string
}

/**
 * Postgres gets none of the server's own environment, which may hold secrets; its messages are in
 * English whatever the machine's language, because failures are recognised by them.
 */
export const cleanEnvironment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C',
  TZ: 'UTC',
}

/** Runs a program to its end, as another account when one is given, and never throws. */
export async function runCommand(
  command: string,
  args: readonly string[],
  identity?: CommandIdentity,
): Promise<CommandResult> {
  return await new Promise((resolve) => {
    let output = ''
    const child = spawn(command, args, {
      cwd: '/',
      env: cleanEnvironment,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(identity && { uid: identity.uid, gid: identity.gid }),
    })
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (output += text))
    }
    child.once('error', (error) => {
      resolve({ code: undefined, output: error.message })
    })
    child.once('close', (code) => {
      resolve({ code: code ?? undefined, output })
    })
  })
}

/** Answers the last lines of a program's output, for the end of an error message. */
export function tailOf(output: string, lines = 12): string {
  return output.trimEnd().split('\n').slice(-lines).join('\n')
}
