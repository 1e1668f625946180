// What is read of an engine's answers, in the engine's own words.

export interface Version {
  readonly Version: string
  readonly Components?: readonly { readonly Name: string }[]
}

export interface Info {
  readonly Name: string
  readonly NCPU: number
  readonly MemTotal: number
  readonly Driver: string
  readonly DriverStatus?: readonly (readonly [string, string])[]
  readonly DockerRootDir: string
  readonly Rootless?: boolean
  readonly SecurityOptions?: readonly string[]
  readonly CpuCfsQuota: boolean
  readonly MemoryLimit: boolean
  readonly PidsLimit: boolean
}

export interface ImageInspect {
  readonly Id: string
  readonly RepoDigests?: readonly string[] | null
  readonly Config?: { readonly User?: string } | null
}

export interface ContainerInspect {
  readonly Id: string
  readonly State: { readonly Status: string; readonly Running: boolean; readonly Pid: number }
  readonly Config: { readonly Labels?: Readonly<Record<string, string>> | null }
  readonly NetworkSettings: {
    readonly Networks?: Readonly<Record<string, { readonly IPAddress?: string }>> | null
  }
}

export interface ContainerSummary {
  readonly State: string
  readonly Labels?: Readonly<Record<string, string>> | null
}

export interface Volume {
  readonly Name: string
  readonly Mountpoint: string
  readonly Options?: Readonly<Record<string, string>> | null
  readonly Labels?: Readonly<Record<string, string>> | null
}

export interface ExecInspect {
  readonly Running: boolean
  readonly ExitCode: number | null
  /** On the engine's host. */
  readonly Pid: number
}

export interface ContainerStats {
  readonly read: string
  readonly cpu_stats: { readonly cpu_usage: { readonly total_usage: number } }
  readonly memory_stats: {
    readonly usage?: number
    readonly limit?: number
    readonly stats?: Readonly<Record<string, number>>
  }
  readonly pids_stats: { readonly current?: number }
}
