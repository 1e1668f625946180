#!/usr/bin/env node
import { pathToFileURL } from 'node:url'
import { ensureBuilt, serverProgram } from '../../../scripts/build.mjs'
import { ensureNode, ensurePackages } from '../../../scripts/prepare.mjs'

if (ensureNode() && ensurePackages() && ensureBuilt()) {
  process.argv = [process.execPath, serverProgram, ...process.argv.slice(2)]
  await import(pathToFileURL(serverProgram).href)
} else {
  process.exitCode = 1
}
