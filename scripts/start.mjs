// `npm start`: installs and builds what is missing, then becomes the server. With --watch it stays
// beside the server instead, and rebuilds and restarts it when a source changes.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { pathToFileURL } from 'node:url'
import { ensureBuilt, findStaleParts, fingerprintSources, serverProgram } from './build.mjs'
import { ensureNode, ensurePackages } from './prepare.mjs'

const lookMilliseconds = 300

const args = process.argv.slice(2).filter((arg) => arg !== '--watch')
if (!ensureNode() || !ensurePackages()) process.exit(1)
endWithNpm()
if (process.argv.includes('--watch')) {
  keepRunning(args)
} else if (ensureBuilt()) {
  process.argv = [process.execPath, serverProgram, 'serve', ...args]
  await import(pathToFileURL(serverProgram).href)
} else {
  process.exitCode = 1
}

/** npm signals its shell, which ends without passing the signal on: that it is gone is the signal. */
function endWithNpm() {
  if (!process.env.npm_lifecycle_event) return
  const shell = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === shell) return
    clearInterval(timer)
    process.kill(process.pid, 'SIGTERM')
  }, 200)
  timer.unref()
}

function keepRunning(args) {
  let server
  let ending = false
  let restarting = false
  let seen = fingerprintSources()

  const begin = () => {
    restarting = false
    if (!ensureBuilt()) return
    server = spawn(process.execPath, [serverProgram, 'serve', ...args], { stdio: 'inherit' })
    server.once('exit', (code, signal) => {
      server = undefined
      if (ending) process.exit(code ?? 128 + constants.signals[signal])
      if (restarting) begin()
    })
  }

  const refresh = () => {
    const now = fingerprintSources()
    if (now === seen || ending) return
    seen = now
    const stale = findStaleParts()
    if (!ensureBuilt() || !stale.includes('server')) return
    if (!server) return begin()
    restarting = true
    server.kill('SIGTERM')
  }

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      ending = true
      if (!server) process.exit(128 + constants.signals[signal])
      // Ctrl+C in a terminal reaches the server by itself.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) server.kill(signal)
    })
  }
  begin()
  // Looking costs milliseconds, and fs.watch misses files that an editor has replaced.
  setInterval(refresh, lookMilliseconds)
}
