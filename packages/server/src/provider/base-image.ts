import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { installPackages, isDebian, isInstalled } from './podman-host.ts'
import { ProviderFailure, type Report } from './provider.ts'

/** Changes whenever what is in the image does. */
export const baseImageVersion = '12.1'
export const baseImage = { repository: 'localhost/atelier-base', tag: baseImageVersion }

/** What the image is told of itself, as lines of a Dockerfile. */
export const baseImageChanges = [
  'USER coder',
  'WORKDIR /home/coder',
  'ENV LANG=C.UTF-8',
  'ENV SHELL=/bin/bash',
  'CMD ["/bin/bash"]',
  'LABEL org.opencontainers.image.title="Atelier base"',
]

const packages = [
  ...[
    'bash',
    'bash-completion',
    'bzip2',
    'ca-certificates',
    'curl',
    'file',
    'git',
    'iproute2',
    'less',
  ],
  ...[
    'make',
    'nano',
    'netbase',
    'openssh-client',
    'procps',
    'python3',
    'sudo',
    'unzip',
    'xz-utils',
  ],
]

/** A folder with the files of the base image. */
export interface BaseTree {
  /** A tar archive of it; its end is that of `tar`. */
  archive(): Readable
  remove(): Promise<void>
}

/**
 * Makes Debian with the tools of a developer and the user `coder`, in a folder inside of `parent`;
 * throws a `ProviderFailure` that says what is missing.
 */
export async function makeBaseTree(
  parent: string,
  mirror: string,
  report: Report,
): Promise<BaseTree> {
  if (process.geteuid?.() !== 0) {
    throw new ProviderFailure(
      'image',
      'The base image is made of Debian packages by root only: run this command with sudo.',
    )
  }
  if (!isInstalled('debootstrap') && isDebian()) {
    report('Installing debootstrap')
    await installPackages(['debootstrap'])
  }
  if (!isInstalled('debootstrap')) {
    throw new ProviderFailure(
      'image',
      'The base image needs debootstrap: install it, or build the image on a machine with Debian.',
    )
  }
  mkdirSync(parent, { recursive: true, mode: 0o700 })
  const folder = mkdtempSync(join(parent, 'base-image-'))
  // Thousands of files: a server goes on answering meanwhile.
  const remove = () => rm(folder, { recursive: true, force: true })
  try {
    const root = join(folder, 'root')
    const include = `--include=${packages.join(',')}`
    await run('debootstrap', ['--variant=minbase', include, 'bookworm', root, mirror], report)
    report('Adding the user coder')
    const inside = (...argv: string[]) => run('chroot', [root, ...argv], report)
    await inside('useradd', '--create-home', '--uid', '1000', '--shell', '/bin/bash', 'coder')
    writeFileSync(join(root, 'etc/sudoers.d/coder'), 'coder ALL=(ALL) NOPASSWD:ALL\n')
    chmodSync(join(root, 'etc/sudoers.d/coder'), 0o440)
    await inside('apt-get', 'clean')
    for (const path of ['var/lib/apt/lists', 'var/log/bootstrap.log', 'etc/resolv.conf']) {
      rmSync(join(root, path), { recursive: true, force: true })
    }
    // apt looks for what it finds here.
    mkdirSync(join(root, 'var/lib/apt/lists/partial'), { recursive: true })
    writeFileSync(join(root, 'etc/hostname'), 'atelier\n')
    return { archive: () => archiveOf(root), remove }
  } catch (error) {
    await remove()
    throw error
  }
}

function archiveOf(root: string): Readable {
  const child = spawn('tar', ['--numeric-owner', '--xattrs', '-C', root, '-c', '.'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: environment,
  })
  child.once('close', (code) => {
    if (code !== 0) child.stdout.destroy(new Error(`tar ended with ${code ?? 'a signal'}`))
  })
  return child.stdout
}

const environment = {
  PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C',
  DEBIAN_FRONTEND: 'noninteractive',
}

function run(command: string, args: readonly string[], report: Report): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: environment })
    let last = ''
    const read = (chunk: Buffer) => {
      for (const line of chunk.toString().split('\n')) {
        if (line.trim() === '') continue
        last = line.trim()
        // debootstrap says what it does in lines such as `I: Retrieving bash`.
        if (/^[IWE]: /.test(last)) report(last.slice(3))
      }
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) resolve()
      else reject(new ProviderFailure('image', `${command} failed: ${last}`))
    })
  })
}
