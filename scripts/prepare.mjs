// Makes sure that what the other scripts need is installed. Uses nothing but Node.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const lockPath = join(root, 'package-lock.json')
const stampPath = join(root, 'node_modules', '.atelier-lock')

/** Answers whether this Node is new enough, and otherwise says which one to install. */
export function ensureNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return true
  console.error(`Atelier needs Node 20.19 or newer, and this is ${process.versions.node}.`)
  return false
}

/** Runs `npm ci` unless node_modules is what package-lock.json says, and answers whether it is now. */
export function ensurePackages() {
  if (!existsSync(lockPath)) return true
  const lock = readFileSync(lockPath)
  const digest = createHash('sha256').update(lock).digest('hex')
  if (readIfThere(stampPath) === digest) return true
  if (!isInstalled(JSON.parse(lock))) {
    console.error('Installing packages with npm ci.')
    const npm = process.env.npm_execpath
    const [command, ...args] = npm?.endsWith('.js') ? [process.execPath, npm] : ['npm']
    // The build tools are development dependencies, which NODE_ENV=production would leave out.
    const { status } = spawnSync(command, [...args, 'ci', '--include=dev'], {
      cwd: root,
      stdio: 'inherit',
    })
    if (status !== 0) {
      console.error('The packages could not be installed: run npm ci to see why.')
      return false
    }
  }
  try {
    writeFileSync(stampPath, digest)
  } catch {
    // A read-only installation is compared anew at each start.
  }
  return true
}

/**
 * Installs the Debian packages whose `command` is not on the path or whose `file` is not there; where
 * this process may not, says what to run and answers false.
 */
export function ensureDebianPackages(wanted) {
  const lacking = wanted.filter((each) => !isPresent(each))
  if (lacking.length === 0) return true
  const names = [...new Set(lacking.map((each) => each.package))]
  if (process.getuid?.() !== 0 || !isPresent({ command: 'apt-get' })) {
    const command = `sudo apt-get install --no-install-recommends -y ${names.join(' ')}`
    console.error(`These Debian packages are missing; install them with: ${command}`)
    return false
  }
  console.error(`Installing Debian packages: ${names.join(', ')}.`)
  runAptGet('update', '-qq')
  const { status, output } = runAptGet('install', '-qq', '--no-install-recommends', '-y', ...names)
  if (status === 0 && lacking.every(isPresent)) return true
  const tail = output.trimEnd().split('\n').slice(-8).join('\n')
  console.error(`The Debian packages ${names.join(', ')} could not be installed.\n${tail}`)
  return false
}

function runAptGet(...args) {
  const { status, stdout, stderr } = spawnSync('apt-get', args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  return { status, output: `${stdout}${stderr}` }
}

/** Answers whether a `file` is there or a `command` is on the path. */
export function isPresent({ command, file }) {
  if (file) return existsSync(file)
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin']
  return folders.some((folder) => folder && existsSync(join(folder, command)))
}

/** Compares with the list that npm leaves in node_modules when an installation is complete. */
function isInstalled(lock) {
  const list = readIfThere(join(root, 'node_modules', '.package-lock.json'))
  if (!list) return false
  const installed = JSON.parse(list).packages
  return Object.entries(lock.packages).every(([path, entry]) => {
    if (!path.includes('node_modules/') || entry.link) return true
    const found = installed[path]
    return found ? found.version === entry.version : entry.optional === true
  })
}

function readIfThere(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
