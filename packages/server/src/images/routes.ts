import type { FastifyInstance, FastifyReply } from 'fastify'
import { type Context, subjectOf } from '../context.ts'
import { readCursor, setPageHeaders, streamArray, streamPages } from '../http/paging.ts'
import { registerRoutes, setVersion } from '../http/route.ts'
import type { Platform } from '../platform/platform.ts'
import { workspacesOfImage } from '../workspaces/of-image.ts'
import type { WholeImage } from './image.ts'
import { presentImage, presentTag } from './present.ts'
import * as service from './service.ts'
import * as tags from './tags.ts'

/** Images and their tags over HTTP: `/api/v0/images`. */
export function imageRoutes(app: FastifyInstance, platform: Platform): void {
  registerRoutes(app, platform, 'images', {
    list: async ({ context, query, request, reply }) => {
      const { limit, org: organization, q } = query
      const caller = subjectOf(context)
      const present = (image: WholeImage) => presentImage(image, caller)
      const after = readCursor(query.after, 'text')
      const page = (size: number, from: typeof after) =>
        service.listImages(context, { organization, q }, size, from)
      if (limit === undefined) {
        return streamArray(reply, await streamPages((from) => page(200, from), after, present))
      }
      const [found, total] = await Promise.all([
        page(limit, after),
        service.countImages(context, { organization, q }),
      ])
      setPageHeaders(request, reply, found.next, total)
      return found.items.map(present)
    },
    get: async ({ context, params, reply }) =>
      answer(context, reply, await service.getImage(context, params.image)),
    create: async ({ context, body, reply }) => {
      const { org_id: organization, ...input } = body
      return answer(context, reply, await service.importImage(context, organization, input))
    },
    update: async ({ context, params, body, ifMatch, reply }) => {
      const { image: id } = params
      return answer(context, reply, await service.updateImage(context, id, body, ifMatch))
    },
    remove: async ({ context, params, ifMatch }) => {
      await service.deleteImage(context, params.image, ifMatch)
      return null
    },
  })
  registerRoutes(app, platform, 'imageTags', {
    list: async ({ context, params, query }) => {
      const { organization, tags: all } = await tags.listTags(context, params.image)
      const made = await madeOf(context, params.image, query.workspaces)
      return all.map((tag) => presentTag(tag, organization, subjectOf(context), made(tag.tag)))
    },
    get: async ({ context, params }) => {
      const { organization, tags: found } = await tags.getTag(context, params.image, params.tag)
      const made = await madeOf(context, params.image)
      const [tag] = found
      if (tag === undefined) throw new Error('the tag is gone')
      return presentTag(tag, organization, subjectOf(context), made(tag.tag))
    },
    create: async ({ context, params, body }) =>
      presentOne(
        context,
        await tags.addTag(context, params.image, body.tag, body.default ?? false),
      ),
    update: async ({ context, params, body }) => {
      const { image, tag } = params
      const changed = await tags.decommissionTag(context, image, tag, body.decommissioned)
      return presentOne(context, changed)
    },
    remove: async ({ context, params }) => {
      await tags.deleteTag(context, params.image, params.tag)
      return null
    },
    refresh: async ({ context, params }) =>
      presentAll(context, await tags.refreshTags(context, params.image)),
    refreshImage: async ({ context, params }) =>
      presentAll(context, await tags.refreshTags(context, params.image)),
  })
}

/** The workspaces made of each tag of an image, unless nobody wants to know. */
async function madeOf(context: Context, imageId: string, wanted?: 'true' | 'false') {
  if (wanted === 'false') return () => null
  const byTag = await workspacesOfImage(context, imageId)
  return (tag: string) => byTag.get(tag) ?? []
}

function answer(context: Context, reply: FastifyReply, found: WholeImage) {
  setVersion(reply, found.image.version)
  return presentImage(found, subjectOf(context))
}

function presentAll(context: Context, { organization, tags: all }: tags.Tags) {
  return all.map((tag) => presentTag(tag, organization, subjectOf(context)))
}

function presentOne(context: Context, found: tags.Tags) {
  const [tag] = presentAll(context, found)
  if (tag === undefined) throw new Error('the tag is gone')
  return tag
}
