// The lock file installs on every supported Node, with `npm ci`, and runs no script that we do not know.
import { readFileSync } from 'node:fs'

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'))
const { allowScripts } = JSON.parse(readFileSync('package.json', 'utf8'))
const problems = []

for (const [path, entry] of Object.entries(lock.packages)) {
  const name = path.replace(/^.*node_modules\//, '')
  const engine = entry.engines?.node
  if (engine !== undefined && !acceptsNode20(engine)) problems.push(`${name}: needs node ${engine}`)
  if (entry.hasInstallScript && !(name in allowScripts))
    problems.push(`${name}: has an install script`)
  if (/\b(A?GPL)/.test(entry.license ?? '')) problems.push(`${name}: licence ${entry.license}`)
  if (typeof entry.resolved === 'string' && /^https?:/.test(entry.resolved)) {
    problems.push(`${name}: the lock file names a download address`)
  }
}

/** Whether a range of the usual forms admits 20.19: `>=18`, `^20 || >=22`, `>= 20.19.0`. */
function acceptsNode20(range) {
  return range.split('||').some((part) => {
    const lower = /(\^|~|>=|>)?\s*v?(\d+)(?:\.(\d+|x|\*))?/.exec(part)
    if (lower === null) return part.trim() === '*' || part.trim() === ''
    const [, sign, majorText, minorText] = lower
    const major = Number(majorText)
    const minor = Number(minorText) || 0
    const below = /<\s*=?\s*v?(\d+)/.exec(part)
    if (below !== null && Number(below[1]) <= 20) return false
    if (major < 20) return sign === '>=' || sign === '>'
    return major === 20 && minor <= 19
  })
}

for (const problem of problems) console.error(problem)
process.exitCode = problems.length === 0 ? 0 : 1
