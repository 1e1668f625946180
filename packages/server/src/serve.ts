import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Email, Username } from '@atelier/api'
import type { z } from 'zod'
import { buildApp } from './app.ts'
import { startAuditSealing } from './audit/seal.ts'
import { type Config, ConfigFault } from './config.ts'
import { Fault } from './faults.ts'
import { giveFirstImages, startFirstImages } from './images/first-images.ts'
import { startImageRefresh } from './images/refresh.ts'
import { startWorker } from './jobs/worker.ts'
import { newId } from './platform/ids.ts'
import type { Platform } from './platform/platform.ts'
import { startPlatform } from './platform/start.ts'
import { createSiteAdmin, needsSetup, newSetupToken } from './setup/service.ts'
import { finishUserDeletion } from './users/delete-job.ts'
import { buildsAtOnce, runBuild } from './workspaces/build-job.ts'
import { buildJob } from './workspaces/builds.ts'
import { startReconciling } from './workspaces/reconcile.ts'
import { startSchedules } from './workspaces/schedule.ts'
import { addBuiltIn } from './workspace-providers/built-in.ts'
import { startProviderChecks } from './workspace-providers/checks.ts'

/** Every kind of background job, who does it, and how many at once. */
export const jobHandlers = {
  'user.delete': { run: finishUserDeletion, atOnce: 2 },
  [buildJob]: { run: runBuild, atOnce: buildsAtOnce },
  'images.first': { run: giveFirstImages, atOnce: 1 },
}

const patienceMilliseconds = 2_000

/** Runs the server until it is told to stop; answers the exit code. */
export async function serve(
  config: Config,
  log: FastifyBaseLogger,
  version: string,
): Promise<number> {
  // From the beginning, so that a stop during the start is a clean one too.
  const told = stopSignal()
  const { platform, stop } = await startPlatform(config, log, version)
  try {
    await addBuiltIn(platform)
    await createConfiguredAdmin(config, platform)
    const app = await buildApp(platform, {
      logger: log,
      trustedProxies: config.ATELIER_TRUSTED_PROXIES,
      webDir: webDir(),
    })
    const background: { stop(): Promise<void> }[] = []
    const sealing = startAuditSealing(platform)
    try {
      const { host, port } = config.ATELIER_LISTEN
      const address = addressOf(platform, host, await listen(app, host, port))
      // Not before: a server that cannot listen begins nothing.
      background.push(
        startWorker(platform, jobHandlers),
        startImageRefresh(platform),
        startProviderChecks(platform),
        startFirstImages(platform),
        startReconciling(platform),
        startSchedules(platform),
      )
      log.info({ address, version }, 'server.listening')
      await greet(platform, address)
      const signal = await told
      log.info({ signal }, 'server.stopping')
    } finally {
      await app.close()
      // A job that goes on for long is left: whoever comes next takes it up when its lease ends.
      const others = Promise.all(background.map((one) => one.stop()))
      await Promise.race([others, delay(patienceMilliseconds, undefined, { ref: false })])
      // Last, so that it seals what the others wrote to the end.
      await sealing.stop()
    }
    return 0
  } finally {
    await stop()
  }
}

async function listen(app: FastifyInstance, host: string, port: number): Promise<number> {
  try {
    await app.listen({ host, port })
    const bound = app.server.address()
    return typeof bound === 'object' && bound !== null ? bound.port : port
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'EADDRINUSE') {
      throw new ConfigFault(
        `Port ${port} of ${host} is taken: stop the program that uses it, or set ATELIER_LISTEN to another one, such as ${host}:${port + 1}.`,
      )
    }
    if (['EACCES', 'EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN'].includes(code ?? '')) {
      throw new ConfigFault(
        `Cannot listen on ${host}:${port} (${code ?? ''}): set ATELIER_LISTEN to an address of this machine.`,
      )
    }
    throw error
  }
}

/** Tells a person what to open: the setup link while there is no user, else the address. */
async function greet(platform: Platform, address: string): Promise<void> {
  const lines = (await needsSetup(platform.db))
    ? ['', `  Create the site admin:  ${address}/setup?token=${await newSetupToken(platform)}`, '']
    : ['', `  Atelier is at ${address}`, '']
  process.stdout.write(`${lines.join('\n')}\n`)
}

/** The unattended first run: the variables create the site admin once, and never again. */
async function createConfiguredAdmin(config: Config, platform: Platform): Promise<void> {
  const { ATELIER_ADMIN_EMAIL: email, ATELIER_ADMIN_USERNAME: username } = config
  const password = config.ATELIER_ADMIN_PASSWORD
  const given = [email, username, password].filter((value) => value !== undefined)
  if (given.length === 0 || !(await needsSetup(platform.db))) return
  if (email === undefined || username === undefined || password === undefined) {
    throw new ConfigFault(
      'Set all of ATELIER_ADMIN_EMAIL, ATELIER_ADMIN_USERNAME and ATELIER_ADMIN_PASSWORD, or none.',
    )
  }
  demandGood('ATELIER_ADMIN_EMAIL', Email.safeParse(email).error)
  demandGood('ATELIER_ADMIN_USERNAME', Username.safeParse(username).error)
  const now = platform.clock.now()
  const visit = { platform, request: { id: newId(now), ip: '', userAgent: 'first start' } }
  try {
    const admin = { email, username, name: username, password }
    await createSiteAdmin(visit, admin, () => Promise.resolve())
  } catch (error) {
    // Another server that started at the same time has done it.
    if (error instanceof Fault && error.code === 'setup.done') return
    if (!(error instanceof Fault) || error.code !== 'user.password_weak') throw error
    throw new ConfigFault(`ATELIER_ADMIN_PASSWORD: ${error.message}`)
  }
}

function demandGood(name: string, error: z.ZodError | undefined): void {
  if (error !== undefined) throw new ConfigFault(`${name}: ${error.issues[0]?.message ?? ''}`)
}

function addressOf(platform: Platform, host: string, port: number): string {
  const configured = platform.settings.current().access_url
  if (configured !== null) return configured.replace(/\/$/, '')
  const reachable = ['0.0.0.0', '::', '127.0.0.1', '::1'].includes(host) ? 'localhost' : host
  return `http://${reachable}:${port}`
}

function webDir(): string | undefined {
  const built = fileURLToPath(new URL('../web', import.meta.url))
  return existsSync(built) ? built : undefined
}

/** Ctrl+C arrives twice: the terminal signals every process, and npm passes on its own. */
const sameCtrlC = 1000

/**
 * Waits for the first signal to stop. Its copies change nothing, since an end at once would leave
 * the embedded Postgres running; another Ctrl+C of somebody who will not wait is such an end.
 */
function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    let since: number | undefined
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        since ??= performance.now()
        if (signal === 'SIGINT' && performance.now() - since > sameCtrlC) {
          process.exit(128 + constants.signals[signal])
        }
        resolve(signal)
      })
    }
  })
}
