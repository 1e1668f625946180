// Every rule of our own is shown code that it must refuse.
import { ESLint } from 'eslint'
import { lintProbes } from './probes/probes.mjs'

const eslint = new ESLint({
  overrideConfig: [
    { files: ['packages/**'], languageOptions: { parserOptions: { projectService: true } } },
  ],
})
let broken = 0
for (const { path, code, rule, typed } of lintProbes) {
  // A typed rule needs a file that the compiler knows: it is linted in the place of that one.
  const [result] = await eslint.lintText(code, { filePath: typed ?? knownFile(path) })
  const found = result.messages.some((message) => message.ruleId === rule)
  if (found) continue
  broken++
  console.error(`${rule} does not refuse, in ${path}:\n${code}`)
  for (const message of result.messages) console.error(`  ${message.ruleId}: ${message.message}`)
}
process.exitCode = broken === 0 ? 0 : 1

/** The compiler's project knows files on disk only, so a probe takes the place of a real one. */
function knownFile(path) {
  if (!path.endsWith('/probe.ts')) return path
  return path.startsWith('packages/access')
    ? 'packages/access/src/decide.ts'
    : 'packages/server/src/users/rules.ts'
}
