// `npm start`: installs and builds what is missing, then becomes the server. With --watch it stays
// beside the server instead, and rebuilds and restarts it when a source changes.
import { spawn } from 'node:child_process'
import { watch } from 'node:fs'
import { constants } from 'node:os'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { ensureBuilt, findStaleParts, serverProgram } from './build.mjs'
import { ensureNode, ensurePackages } from './prepare.mjs'

const packages = fileURLToPath(new URL('../packages', import.meta.url))
const settleMilliseconds = 150

const args = process.argv.slice(2).filter((arg) => arg !== '--watch')
if (!ensureNode() || !ensurePackages()) process.exit(1)
if (process.argv.includes('--watch')) {
  keepRunning(args)
} else if (ensureBuilt()) {
  process.argv = [process.execPath, serverProgram, 'serve', ...args]
  await import(pathToFileURL(serverProgram).href)
} else {
  process.exitCode = 1
}

function keepRunning(args) {
  let server
  let ending = false
  let restarting = false
  let settled

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
    const stale = findStaleParts()
    if (stale.length === 0 || ending) return
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
  watch(packages, { recursive: true }, (_event, path) => {
    if (path?.includes('node_modules')) return
    clearTimeout(settled)
    settled = setTimeout(refresh, settleMilliseconds)
  })
  begin()
}
