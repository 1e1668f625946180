import { afterAll, beforeAll } from 'vitest'
import { debian, pushImage } from '../oci-image.ts'
import { type Running, startRegistry } from '../registry.ts'
import { playImagesFrom } from './image-plays.ts'
import { playRoutesOf } from './matrix.ts'

let registry: Running
beforeAll(async () => {
  registry = await startRegistry()
  const plan = [{ layers: [{ 'etc/os-release': debian }] }]
  for (const tag of ['made', 'another']) pushImage(registry, `team/image:${tag}`, plan)
  playImagesFrom(registry.host)
})
afterAll(() => registry.stop())

playRoutesOf('images', 'imageTags')
