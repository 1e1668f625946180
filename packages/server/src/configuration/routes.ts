import { type SettingKey, settings } from '@atelier/api'
import type { FastifyInstance } from 'fastify'
import { registerRoutes, setVersion } from '../http/route.ts'
import type { Platform } from '../platform/platform.ts'
import { type Configuration, readConfiguration, readTerms, updateConfiguration } from './service.ts'

/** The configuration over HTTP, and the terms of service for the sign-in page. */
export function configurationRoutes(app: FastifyInstance, platform: Platform): void {
  registerRoutes(app, platform, 'configuration', {
    get: async ({ context, reply }) => {
      const configuration = await readConfiguration(context)
      setVersion(reply, configuration.version)
      return present(configuration)
    },
    update: async ({ context, body, ifMatch, request, reply }) => {
      const overHttps = request.protocol === 'https'
      const configuration = await updateConfiguration(context, body, overHttps, ifMatch)
      setVersion(reply, configuration.version)
      return present(configuration)
    },
    terms: ({ context }) => readTerms(context),
  })
}

function present({ values, changes, version, can }: Configuration) {
  return {
    settings: (Object.keys(settings) as SettingKey[]).map((key) => {
      const { group, title, description, default: initial } = settings[key]
      const change = changes.get(key)
      return {
        key,
        group,
        title,
        description,
        value: values[key],
        default: initial,
        updated_at: change?.updated_at ?? null,
        updated_by: change?.updated_by ?? null,
      }
    }),
    version,
    can,
  }
}
