import type { ProblemCode } from '@atelier/api'
import pg from 'pg'
import { Fault } from '../faults.ts'

/** Every unique index that a person can run into, and what to tell them. */
const taken: Readonly<Record<string, { code: ProblemCode; path: string; message: string }>> = {
  users_email_key: {
    code: 'user.email_taken',
    path: 'email',
    message: 'Another user has this e-mail address',
  },
  users_username_key: {
    code: 'user.username_taken',
    path: 'username',
    message: 'Another user has this username: choose another one',
  },
  organizations_name_key: {
    code: 'organization.name_taken',
    path: 'name',
    message: 'Another organization has this name: choose another one',
  },
  organization_members_pkey: {
    code: 'member.exists',
    path: 'user_id',
    message: 'This user is a member of the organization already',
  },
  registries_name_key: {
    code: 'registry.name_taken',
    path: 'friendly_name',
    message: 'The organization has a registry of this name already: choose another one',
  },
  images_repository_key: {
    code: 'image.exists',
    path: 'repository',
    message: 'This repository is imported already: add another tag to the image instead',
  },
  image_tags_pkey: {
    code: 'image_tag.exists',
    path: 'tag',
    message: 'The image has this tag already: update the tags to see what it leads to now',
  },
  workspaces_name_key: {
    code: 'workspace.name_taken',
    path: 'name',
    message: 'There is a workspace of this name already: choose another one',
  },
  workspace_providers_name_key: {
    code: 'provider.name_taken',
    path: 'name',
    message: 'Another workspace provider has this name: choose another one',
  },
  dev_urls_port_key: {
    code: 'dev_url.exists',
    path: 'port',
    message: 'The workspace has a dev URL for this port already: change that one',
  },
  dev_urls_name_key: {
    code: 'dev_url.name_taken',
    path: 'name',
    message: 'The owner of the workspace has a dev URL of this name already: choose another one',
  },
  dev_urls_label_key: {
    code: 'dev_url.name_taken',
    path: 'name',
    message: 'Another dev URL has this host already: choose another name',
  },
  api_keys_name_key: {
    code: 'api_key.name_taken',
    path: 'name',
    message: 'There is an API key of this name already: choose another one',
  },
}

/** Runs a statement; the violation of a unique index becomes a 409 that names the field. */
export async function withUniqueNames<T>(statement: () => Promise<T>): Promise<T> {
  try {
    return await statement()
  } catch (error) {
    const known =
      error instanceof pg.DatabaseError && error.code === '23505'
        ? taken[error.constraint ?? '']
        : undefined
    if (known === undefined) throw error
    throw new Fault(known.code, known.message, {
      errors: [{ path: known.path, message: known.message }],
    })
  }
}
