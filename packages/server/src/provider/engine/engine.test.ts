import { timesThrottled, useEngine } from '../../../test/engine.ts'
import { tryProvider } from '../../../test/provider-contract.ts'
import { openEngine } from './engine.ts'

tryProvider('engine', async () => {
  const engine = await useEngine()
  return {
    image: engine.image,
    open: (installationId) => openEngine({ endpoint: { url: engine.url }, installationId }),
    timesThrottled: timesThrottled(engine),
    without: [],
    hidden: [engine.url.slice('unix://'.length), '/run/podman/podman.sock'],
  }
})
