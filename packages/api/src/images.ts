import { z } from 'zod'
import { Can, Cannot, Description, Empty, Id, Paging, Time } from './common.ts'
import { endpoint } from './endpoint.ts'
import { registries, Registry } from './registries.ts'
import { Workspace } from './workspaces.ts'

/**
 * A tag of an image, as the registry had it when it was looked up last. `can` knows `read`,
 * `make_default`, `decommission`, `recommission` and `delete`.
 */
export const ImageTag = z
  .object({
    image_id: z.string(),
    tag: z.string(),
    default: z.boolean(),
    /** Not for new workspaces. */
    decommissioned: z.boolean(),
    /** The digest of the manifest that the tag leads to. */
    latest_hash: z.string(),
    hash_last_updated_at: Time,
    checked_at: Time,
    /** Why the last look-up failed; what is said of the tag is from before. */
    failure: z.string().nullable(),
    /** Bytes that are fetched for linux/amd64. */
    size: z.number().int(),
    /** Of the image for linux/amd64; `null` where it cannot be told. */
    os_release: z
      .object({ id: z.string(), pretty_name: z.string(), home_url: z.string() })
      .nullable(),
    /** Those made of it that the caller may read; `null` where they were not asked for. */
    workspaces: z.array(Workspace).nullable(),
    can: Can,
    cannot: Cannot,
    created_at: Time,
    updated_at: Time,
  })
  .meta({ id: 'ImageTag' })

export type ImageTag = z.infer<typeof ImageTag>

/**
 * A repository of a registry, imported into one organization. `can` knows `read`, `update`, `delete`,
 * `add_tags` and `refresh`.
 */
export const Image = z
  .object({
    id: z.string(),
    organization_id: z.string(),
    /** `local`: built where the engine is; `host`: a sandbox's own machine; neither is in a registry. */
    source: z.enum(['registry', 'local', 'host']),
    repository: z.string(),
    description: z.string(),
    url: z.string(),
    /** `null` for an API key that may not read registries, and where no registry has it. */
    registry: Registry.nullable(),
    /** `null` for an API key that may not read image tags. */
    default_tag: ImageTag.nullable(),
    default_cpu_cores: z.number(),
    default_memory_gb: z.number(),
    default_disk_gb: z.number().int(),
    /** No new workspaces from any of its tags. */
    deprecated: z.boolean(),
    tag_count: z.number().int(),
    /** For `If-Match`, as in the `ETag` of one image. */
    version: z.number().int(),
    can: Can,
    cannot: Cannot,
    created_at: Time,
    updated_at: Time,
  })
  .meta({ id: 'Image' })

export type Image = z.infer<typeof Image>

/** As the OCI distribution specification names repositories. */
const Repository = z
  .string()
  .trim()
  .min(1, 'Enter a repository such as team/image')
  .max(255, 'Use at most 255 characters')
  .regex(
    /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/,
    'Enter only the repository, such as team/image: lower case, without the registry and the tag',
  )

const Tag = z
  .string()
  .trim()
  .regex(/^\w[\w.-]{0,127}$/, 'Enter a tag such as latest or 22.04')

const fields = {
  default_cpu_cores: z.number('Enter a number of cores').min(0.1).max(512),
  default_memory_gb: z.number('Enter a number of gigabytes').min(0.1).max(8192),
  default_disk_gb: z
    .number('Enter a number of gigabytes')
    .int('Enter whole gigabytes')
    .min(1)
    .max(65_536),
  description: Description,
  url: z.union([
    z.literal(''),
    z
      .url({
        protocol: /^https?$/,
        error: 'Enter an address such as https://git.example.com/image',
      })
      .max(512, 'Use at most 512 characters'),
  ]),
}

const ImageParams = z.strictObject({ image: Id })
const TagParams = z.strictObject({ image: Id, tag: z.string().min(1).max(128) })

/** Whether the workspaces made of them come with the tags of an image. */
const Workspaces = z.enum(['true', 'false']).optional()

export const images = {
  list: endpoint({
    method: 'GET',
    path: '/api/v0/images',
    summary: 'The images that the caller may read, of one organization or of all',
    access: { permission: ['images', 'read'] },
    query: z.strictObject({
      org: Id.optional(),
      q: z.string().max(200).optional(),
      workspaces: Workspaces,
      ...Paging,
    }),
    ok: 200,
    response: z.array(Image),
    paged: true,
  }),
  get: endpoint({
    method: 'GET',
    path: '/api/v0/images/:image',
    summary: 'One image',
    access: { permission: ['images', 'read'] },
    params: ImageParams,
    query: z.strictObject({ workspaces: Workspaces }),
    ok: 200,
    response: Image,
  }),
  create: endpoint({
    method: 'POST',
    path: '/api/v0/images',
    summary:
      'Imports a repository with one tag, which becomes the default one; the registry is contacted',
    access: { permission: ['images', 'create'] },
    body: z.strictObject({
      org_id: Id,
      registry_id: Id.nullish(),
      /** Adds a registry as well, which takes the right to. */
      new_registry: registries.create.body.omit({ org_id: true }).nullish(),
      repository: Repository,
      tag: Tag,
      default_cpu_cores: fields.default_cpu_cores,
      default_memory_gb: fields.default_memory_gb,
      default_disk_gb: fields.default_disk_gb,
      description: fields.description.nullish(),
      url: fields.url.nullish(),
    }),
    ok: 201,
    response: Image,
    idempotent: true,
  }),
  update: endpoint({
    method: 'PATCH',
    path: '/api/v0/images/:image',
    summary: 'Changes an image; null leaves a field unchanged',
    access: { permission: ['images', 'update'] },
    params: ImageParams,
    body: z.strictObject({
      default_cpu_cores: fields.default_cpu_cores.nullish(),
      default_memory_gb: fields.default_memory_gb.nullish(),
      default_disk_gb: fields.default_disk_gb.nullish(),
      description: fields.description.nullish(),
      url: fields.url.nullish(),
      deprecated: z.boolean().nullish(),
      /** Another tag of the image becomes the default one. */
      default_tag: Tag.nullish(),
    }),
    ok: 200,
    response: Image,
  }),
  remove: endpoint({
    method: 'DELETE',
    path: '/api/v0/images/:image',
    summary: 'Deletes an image with its tags; the registry keeps what is in it',
    access: { permission: ['images', 'delete'] },
    params: ImageParams,
    ok: 204,
    response: Empty,
  }),
}

export const imageTags = {
  list: endpoint({
    method: 'GET',
    path: '/api/v0/images/:image/tags',
    summary: 'The tags of an image, the default one first',
    access: { permission: ['image_tags', 'read'] },
    params: ImageParams,
    query: z.strictObject({ workspaces: Workspaces }),
    ok: 200,
    response: z.array(ImageTag),
  }),
  get: endpoint({
    method: 'GET',
    path: '/api/v0/images/:image/tags/:tag',
    summary: 'One tag of an image',
    access: { permission: ['image_tags', 'read'] },
    params: TagParams,
    ok: 200,
    response: ImageTag,
  }),
  create: endpoint({
    method: 'POST',
    path: '/api/v0/images/:image/tags',
    summary: 'Adds a tag of the repository; the registry is contacted',
    access: { permission: ['image_tags', 'create'] },
    params: ImageParams,
    /** To make it the default one takes the right to update the image. */
    body: z.strictObject({ tag: Tag, default: z.boolean().nullish() }),
    ok: 201,
    response: ImageTag,
    idempotent: true,
  }),
  update: endpoint({
    method: 'PATCH',
    path: '/api/v0/images/:image/tags/:tag',
    summary: 'Decommissions a tag, so that no new workspace has it, or takes that back',
    access: { permission: ['image_tags', 'update'] },
    params: TagParams,
    body: z.strictObject({ decommissioned: z.boolean() }),
    ok: 200,
    response: ImageTag,
  }),
  remove: endpoint({
    method: 'DELETE',
    path: '/api/v0/images/:image/tags/:tag',
    summary: 'Deletes a tag of an image here; the registry keeps it',
    access: { permission: ['image_tags', 'delete'] },
    params: TagParams,
    ok: 204,
    response: Empty,
  }),
  refresh: endpoint({
    method: 'POST',
    path: '/api/v0/images/:image/tags/update',
    summary: 'Looks all tags of an image up in the registry',
    access: { permission: ['image_tags', 'update'] },
    params: ImageParams,
    ok: 200,
    response: z.array(ImageTag),
  }),
  /** The same as the one above, by the address that the original documents. */
  refreshImage: endpoint({
    method: 'POST',
    path: '/api/v0/images/:image',
    summary: 'Looks all tags of an image up in the registry',
    access: { permission: ['image_tags', 'update'] },
    params: ImageParams,
    ok: 200,
    response: z.array(ImageTag),
  }),
}
