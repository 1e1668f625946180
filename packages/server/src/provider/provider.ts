import type { Duplex, Readable, Writable } from 'node:stream'

// The seam between the platform and whatever runs workspaces. A provider keeps no state of ours: it
// is told the whole of what shall be, and each method says what holds afterwards, however often and
// after whatever crash it is called.

/** Where the files of a workspace come from. */
export type ImageSource =
  | {
      readonly kind: 'registry'
      /** `host[:port]/repository:tag`, as a person writes it. */
      readonly reference: string
      /** The digest of the manifest that the tag leads to; that one is taken, and no other. */
      readonly digest: string
      /** The registry speaks http, or TLS that the engine cannot verify is refused. */
      readonly plainHttp: boolean
      readonly credentials: { readonly username: string; readonly password: string } | undefined
    }
  /** An image that the engine has already, such as the one that `base-image` builds. */
  | { readonly kind: 'local'; readonly reference: string }
  /** The provider's own host: only for `sandbox`. */
  | { readonly kind: 'host' }

export interface WorkspaceSpec {
  readonly workspaceId: string
  /** The host's name inside. */
  readonly hostname: string
  readonly image: ImageSource
  readonly cpuCores: number
  readonly memoryGb: number
  readonly diskGb: number
  /** Processes and threads at once. */
  readonly maxProcesses: number
  /** No secrets: an engine shows it to whoever may inspect containers. */
  readonly env: Readonly<Record<string, string>>
}

/** Why a provider could not do it, said to whoever waits for the workspace: what is wrong, what to do. */
export class ProviderFailure extends Error {
  readonly code: 'unreachable' | 'image' | 'resources' | 'not_found' | 'not_running' | 'failed'
  constructor(code: ProviderFailure['code'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ProviderFailure'
    this.code = code
  }
}

/** Nothing listens on the port. */
export class PortClosed extends Error {}

export interface ProviderHealth {
  /** Such as `Podman 4.3.1`. */
  readonly version: string
  readonly capacity: { readonly cpuCores: number; readonly memoryBytes: number }
  /** Limits that this provider cannot enforce here, each with the reason; empty where it can all. */
  readonly unenforced: readonly string[]
}

/** A workspace that the provider has, whether the database knows it or not. */
export interface FoundWorkspace {
  readonly workspaceId: string
  readonly state: 'running' | 'stopped' | 'home_only'
}

export interface WorkspaceStats {
  /** Cores in use, over the last moments. */
  readonly cpuCores: number
  readonly memoryBytes: number
  readonly memoryLimitBytes: number
  readonly processes: number
  /** Of `/home`. */
  readonly diskBytes: number
  readonly diskLimitBytes: number
}

export interface Command {
  readonly argv: readonly [string, ...string[]]
  readonly env?: Readonly<Record<string, string>>
  /** The user's home where absent. */
  readonly cwd?: string
  /** The user of the image where absent; `root` for what the platform does itself. */
  readonly user?: string
  /** A terminal of this size: then stdout and stderr are one. */
  readonly tty?: { readonly columns: number; readonly rows: number }
}

/** A command that runs in a workspace. */
export interface Running {
  readonly stdin: Writable
  readonly stdout: Readable
  /** Empty with a terminal. */
  readonly stderr: Readable
  /** The exit code, once all output has been read; 128 + n for signal n. */
  readonly exit: Promise<number>
  resize(columns: number, rows: number): Promise<void>
  /** Ends it and what it started, also when it does not read its input. */
  kill(): Promise<void>
}

/** Told what happens meanwhile, in lines for the build log. */
export type Report = (line: string) => void

export interface WorkspaceProvider {
  readonly kind: 'engine' | 'sandbox'

  /** Asks whether it can run workspaces now; throws `ProviderFailure` with the reason where not. */
  health(): Promise<ProviderHealth>

  /** Afterwards the image is here. Aborted, nothing is half there. */
  fetchImage(image: ImageSource, report: Report, signal: AbortSignal): Promise<void>

  /**
   * Afterwards the workspace is stopped, made exactly of this specification and of nothing that was
   * before but its home, which is kept, and is at least as large as asked. The image must be here.
   */
  create(spec: WorkspaceSpec, report: Report): Promise<void>

  /** Afterwards it runs, and nothing of its user's yet. */
  start(workspaceId: string): Promise<void>

  /** Afterwards nothing of it runs; it had `graceSeconds` to end by itself. */
  stop(workspaceId: string, graceSeconds?: number): Promise<void>

  /** Afterwards nothing is left of it but, where kept, its home. */
  remove(workspaceId: string, keep: 'home' | 'nothing'): Promise<void>

  /** Runs a command; throws `not_running` where the workspace does not run. */
  exec(workspaceId: string, command: Command): Promise<Running>

  /** A connection to a port of its loopback or its own address; throws `PortClosed` where none listens. */
  dial(workspaceId: string, port: number): Promise<Duplex>

  /** Throws `not_running` where the workspace does not run. */
  stats(workspaceId: string): Promise<WorkspaceStats>

  /** Every workspace of this installation that it has. */
  list(): Promise<readonly FoundWorkspace[]>

  /** Lets go of connections; workspaces go on. */
  close(): Promise<void>
}
