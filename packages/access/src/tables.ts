/** The two published tables (docs/roles.md), row for row and column for column. */

export const resources = [
  'api_keys',
  'audit_logs',
  'configuration',
  'dev_urls',
  'workspaces',
  'extensions',
  'images',
  'image_tags',
  'metrics',
  'oauth',
  'org_members',
  'organizations',
  'registries',
  'system_banners',
  'users',
] as const

/** Create, read all and own, list, update all and own, delete all and own. */
export const marks = ['C', 'Ra', 'Ro', 'L', 'Ua', 'Uo', 'Da', 'Do'] as const

/** Highest first: each role holds everything that the next one holds. */
export const siteRoles = ['site-admin', 'site-manager', 'site-auditor', 'site-member'] as const

/** Highest first; a role counts only inside the organization where it is held. */
export const organizationRoles = [
  'organization-super-manager',
  'organization-manager',
  'organization-image-manager',
  'organization-importer',
  'organization-member',
] as const

export type Resource = (typeof resources)[number]
export type Mark = (typeof marks)[number]
export type SiteRole = (typeof siteRoles)[number]
export type OrganizationRole = (typeof organizationRoles)[number]
export type Role = SiteRole | OrganizationRole

/** Some of the marks, in the published order: the compiler refuses a misspelt or misplaced one. */
export type Cell<Rest extends readonly string[] = typeof marks> = Rest extends readonly [
  infer First extends string,
  ...infer Others extends readonly string[],
]
  ? Cell<Others> | First | `${First} ${Exclude<Cell<Others>, ''>}`
  : ''

export type SiteRow = readonly [Cell, Cell, Cell, Cell]
export type OrganizationRow = readonly [Cell, Cell, Cell, Cell, Cell]

// prettier-ignore
export const siteTable: Readonly<Record<Resource, SiteRow>> = {
  //                site-admin               site-manager          site-auditor   site-member
  api_keys:       ['C Ra Ro L Ua Uo Da Do', 'C Ro Uo Do',         'C Ro Uo Do',  'C Ro Uo Do'],
  audit_logs:     ['Ra',                    'Ra',                 'Ra',          ''],
  configuration:  ['Ra Ua',                 'Ra Ua',              'Ra',          'Ra'],
  dev_urls:       ['C Ro Uo Do',            'C Ro Uo Do',         'C Uo Do',     'C Ro Uo Do'],
  workspaces:     ['C Ra Ua Da',            'C Ra Ua Da',         '',            ''],
  extensions:     ['C Da',                  'C Da',               '',            ''],
  images:         ['C Ra Ua Da',            'C Ra Ua Da',         '',            ''],
  image_tags:     ['C Ra Ua Da',            'C Ra Ua Da',         '',            ''],
  metrics:        ['Ra Ro',                 'Ra Ro',              'Ro',          'Ro'],
  oauth:          ['Ra Ua',                 'Ra Ua',              '',            ''],
  org_members:    ['C Ra L Ua Da',          'C Ra L Ua Da',       '',            ''],
  organizations:  ['C Ra L Ua Da',          'C Ra L Ua Da',       '',            ''],
  registries:     ['C Ra Ua Da',            'C Ra Ua Da',         '',            ''],
  system_banners: ['C Ra Ua Da',            'C Ra Ua Da',         '',            ''],
  users:          ['C Ra Ro L Ua Uo Da',    'C Ra Ro L Ua Uo Da', 'Ro L Uo',     'Ro L Uo'],
}

/** A resource without a row is denied to every organization role. */
// prettier-ignore
export const organizationTable: Readonly<Partial<Record<Resource, OrganizationRow>>> = {
  //                super manager          manager          image manager  importer      member
  dev_urls:       ['Ra',                  'Ra',            'Ra',          'Ra',         'Ra'],
  workspaces:     ['C Ra Ro Ua Uo Da Do', 'C Ra Ro Uo Do', 'C Ro Uo Do',  'C Ro Uo Do', 'C Ro Uo Do'],
  images:         ['C Ra Ua Da',          'C Ra Ua Da',    'C Ra Ua Da',  'C Ra',       'Ra'],
  image_tags:     ['C Ra Ua Da',          'C Ra Ua Da',    'C Ra Ua Da',  'C Ra',       'Ra'],
  metrics:        ['Ra Ro',               'Ra Ro',         'Ro',          'Ro',         'Ro'],
  org_members:    ['C Ra L Ua Da',        'L',             'L',           'L',          'L'],
  organizations:  ['Ra L',                'Ra L',          'L',           'L',          'L'],
  registries:     ['C Ra Ua Da',          'C Ra Ua Da',    'Ra',          'Ra',         'Ra'],
  system_banners: ['Ra',                  'Ra',            'Ra',          'Ra',         'Ra'],
  users:          ['Ra Ro',               'Ra Ro',         'Ro',          'Ro',         'Ro'],
}

export const resourceNames: Readonly<Record<Resource, string>> = {
  api_keys: 'API keys',
  audit_logs: 'Audit logs',
  configuration: 'Configuration',
  dev_urls: 'Dev URLs',
  workspaces: 'Workspaces',
  extensions: 'Extensions',
  images: 'Images',
  image_tags: 'Image tags',
  metrics: 'Metrics',
  oauth: 'OAuth',
  org_members: 'Org members',
  organizations: 'Organizations',
  registries: 'Registries',
  system_banners: 'System banners',
  users: 'Users',
}

export const roleNames: Readonly<Record<Role, string>> = {
  'site-admin': 'Site admin',
  'site-manager': 'Site manager',
  'site-auditor': 'Auditor',
  'site-member': 'Member',
  'organization-super-manager': 'Organization super manager',
  'organization-manager': 'Organization manager',
  'organization-image-manager': 'Organization image manager',
  'organization-importer': 'Organization importer',
  'organization-member': 'Organization member',
}

export const roleMeanings: Readonly<Record<Role, string>> = {
  'site-admin': 'Full access to the system; exactly one in a system',
  'site-manager': 'All administrative functions, and normal use',
  'site-auditor': 'Normal use, and the audit log',
  'site-member': 'Normal use',
  'organization-super-manager':
    "Full administration of the organization: its images, its members and the members' workspaces",
  'organization-manager': "Full control of the organization's images, image tags and registries",
  'organization-image-manager': "Full control of the organization's images and image tags",
  'organization-importer': 'Basic access, and creating new images in the organization',
  'organization-member':
    "Basic access: see and use the organization's images, and have workspaces in it",
}

/** Reads the API name of an organization role; the older `organization-admin` is a super manager. */
export function parseOrganizationRole(text: string): OrganizationRole | undefined {
  if (text === 'organization-admin') return 'organization-super-manager'
  return organizationRoles.find((role) => role === text)
}
