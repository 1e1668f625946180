// Global setup of vitest: the tests that start the real program start this build of it.
import { build, findStaleParts } from '../../../scripts/build.mjs'

export async function setup() {
  if (findStaleParts().includes('server')) await build(['server'])
}
