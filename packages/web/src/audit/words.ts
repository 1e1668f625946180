import type { AuditEntry } from '@atelier/api'
import {
  AlarmClock,
  AppWindow,
  Cable,
  CircleStop,
  Construction,
  Eye,
  ListPlus,
  LogIn,
  LogOut,
  type LucideIcon,
  MoonStar,
  Pencil,
  Plus,
  Route,
  SquareTerminal,
  Trash2,
} from 'lucide-react'

type Action = AuditEntry['action']
type ResourceType = AuditEntry['resource_type']
type Outcome = AuditEntry['outcome']

export const actions: Readonly<Record<Action, { label: string; icon: LucideIcon }>> = {
  create: { label: 'Create', icon: Plus },
  write: { label: 'Change', icon: Pencil },
  delete: { label: 'Delete', icon: Trash2 },
  enqueue: { label: 'Queue', icon: ListPlus },
  login: { label: 'Sign in', icon: LogIn },
  logout: { label: 'Sign out', icon: LogOut },
  open: { label: 'Open', icon: AppWindow },
  connect: { label: 'Connect', icon: Cable },
  ssh: { label: 'Web terminal', icon: SquareTerminal },
  stop: { label: 'Stop', icon: CircleStop },
  auto_off: { label: 'Automatic stop', icon: MoonStar },
  auto_start: { label: 'Automatic start', icon: AlarmClock },
  cordon: { label: 'Cordon', icon: Construction },
  uncordon: { label: 'Uncordon', icon: Route },
  view: { label: 'View', icon: Eye },
}

export const resourceTypes: Readonly<Record<ResourceType, string>> = {
  user: 'User',
  api_key: 'API key',
  session: 'Session',
  organization: 'Organization',
  org_member: 'Organization member',
  configuration: 'Configuration',
  system_banner: 'System banner',
  audit_log: 'Audit log',
  environment: 'Workspace',
  dev_url: 'Dev URL',
  resource_pool: 'Workspace provider',
  image: 'Image',
  image_tag: 'Image tag',
  registry: 'Registry',
  extension: 'Extension',
  metric: 'Metric',
  oauth: 'OAuth',
}

export const outcomes: Readonly<Record<Outcome, { label: string; color: string }>> = {
  success: { label: 'Success', color: 'green' },
  denied: { label: 'Denied', color: 'orange' },
  failed: { label: 'Failed', color: 'red' },
}

/** Who did it, in a word or two: a username, or what stands for nobody. */
export function actorName({ user, ip }: Pick<AuditEntry, 'user' | 'ip'>): string {
  if (user !== null) return user.username
  return ip === '' ? 'The server' : 'Not signed in'
}

/** The options of a filter, by their labels. */
export function optionsOf<Value extends string>(
  labels: Readonly<Record<Value, string | { readonly label: string }>>,
): { value: Value; label: string }[] {
  return (Object.entries(labels) as [Value, string | { label: string }][])
    .map(([value, label]) => ({ value, label: typeof label === 'string' ? label : label.label }))
    .sort((a, b) => a.label.localeCompare(b.label, 'en'))
}
