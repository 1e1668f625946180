import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import type { EngineClient } from './client.ts'
import type { EngineEndpoint } from './endpoint.ts'
import type { Info, Version } from './wire.ts'

/** What an engine is and can, read once. */
export interface EngineFacts {
  readonly software: 'podman' | 'docker'
  /** Such as `Podman 4.3.1`. */
  readonly version: string
  readonly rootless: boolean
  readonly cpuCores: number
  readonly memoryBytes: number
  readonly limits: { readonly cpu: boolean; readonly memory: boolean; readonly processes: boolean }
  /** Of the host's file system that its containers are on. */
  readonly backing: string
  /**
   * The engine's folder, where it runs beside this server as root, so that the server can also do to
   * its containers what an engine cannot; undefined elsewhere.
   */
  readonly localRoot: string | undefined
}

/** Asks an engine what it is. */
export async function readFacts(
  client: EngineClient,
  endpoint: EngineEndpoint,
): Promise<EngineFacts> {
  const [version, info] = await Promise.all([
    client.ask<Version>('GET', '/version'),
    client.ask<Info>('GET', '/info'),
  ])
  const podman = version.Components?.some(({ Name }) => Name.startsWith('Podman')) === true
  const rootless =
    info.Rootless === true || info.SecurityOptions?.some((each) => /rootless/.test(each)) === true
  const besides =
    endpoint.url.startsWith('unix://') &&
    process.geteuid?.() === 0 &&
    !rootless &&
    info.Name === hostname() &&
    existsSync(info.DockerRootDir)
  return {
    software: podman ? 'podman' : 'docker',
    version: `${podman ? 'Podman' : 'Docker'} ${version.Version}`,
    rootless,
    cpuCores: info.NCPU,
    memoryBytes: info.MemTotal,
    limits: { cpu: info.CpuCfsQuota, memory: info.MemoryLimit, processes: info.PidsLimit },
    backing: info.DriverStatus?.find(([name]) => name === 'Backing Filesystem')?.[1] ?? info.Driver,
    localRoot: besides ? info.DockerRootDir : undefined,
  }
}
