import type { Banner } from '@atelier/api'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { type Context, subjectOf } from '../context.ts'
import { registerRoutes, setVersion } from '../http/route.ts'
import type { Platform } from '../platform/platform.ts'
import { presentBanner } from './present.ts'
import { announceOnTime } from './schedule.ts'
import * as service from './service.ts'

/** Banners over HTTP: the public strips, and the records behind them. */
export function bannerRoutes(app: FastifyInstance, platform: Platform): void {
  registerRoutes(app, platform, 'banners', {
    shown: async ({ context }) =>
      (await service.listShown(context)).map((banner) => ({
        id: banner.id,
        kind: banner.kind,
        format: banner.format,
        body: banner.body,
        background_color: banner.background_color,
        text_color: banner.text_color,
        dismissible: banner.dismissible,
        revision: banner.revision,
      })),
    list: async ({ context }) => {
      const records = await service.listBanners(context)
      const now = platform.clock.now()
      return records.map((banner) => presentBanner(banner, subjectOf(context), now))
    },
    get: async ({ context, params, reply }) =>
      answer(context, reply, await service.getBanner(context, params.banner)),
    create: async ({ context, body, reply }) =>
      answer(context, reply, await service.createBanner(context, body)),
    update: async ({ context, params, body, ifMatch, reply }) =>
      answer(context, reply, await service.updateBanner(context, params.banner, body, ifMatch)),
    remove: async ({ context, params, ifMatch }) => {
      await service.deleteBanner(context, params.banner, ifMatch)
      return null
    },
  })
  const schedule = announceOnTime(platform)
  app.addHook('onClose', () => {
    schedule.stop()
  })
}

function answer(
  context: Context,
  reply: FastifyReply,
  banner: Awaited<ReturnType<typeof service.getBanner>>,
): Banner {
  setVersion(reply, banner.version)
  return presentBanner(banner, subjectOf(context), context.platform.clock.now())
}
