import type { Organization } from '@atelier/api'
import { NumberInput } from '@mantine/core'
import type { UseFormReturnType } from '@mantine/form'

/** The limits as the form has them: empty is none. */
export interface LimitValues {
  max_workspaces_per_user: number | ''
  max_workspaces: number | ''
  max_cpu_cores: number | ''
  max_memory_gb: number | ''
  max_disk_gb: number | ''
}

/** Every limit, what it is called, and whether it counts whole things. */
export const limits: readonly {
  readonly key: keyof LimitValues
  readonly label: string
  readonly whole: boolean
  readonly unit: string
}[] = [
  { key: 'max_workspaces_per_user', label: 'Workspaces of one member', whole: true, unit: '' },
  { key: 'max_workspaces', label: 'Workspaces', whole: true, unit: '' },
  { key: 'max_cpu_cores', label: 'Cores of all workspaces', whole: false, unit: '' },
  { key: 'max_memory_gb', label: 'Memory of all workspaces', whole: false, unit: ' GB' },
  { key: 'max_disk_gb', label: 'Disk of all workspaces', whole: true, unit: ' GB' },
]

/** No limit of an organization. */
export const noLimits: LimitValues = {
  max_workspaces_per_user: '',
  max_workspaces: '',
  max_cpu_cores: '',
  max_memory_gb: '',
  max_disk_gb: '',
}

/** The limits that an organization has, for the form: 0 on the wire is none. */
export function limitsOf(organization: Organization): LimitValues {
  const values = limits.map(({ key }) => [key, organization[key] === 0 ? '' : organization[key]])
  return Object.fromEntries(values) as LimitValues
}

/** The limits as the API takes them. */
export function limitsBody(values: LimitValues) {
  const given = limits.map(({ key }) => [key, values[key] === '' ? 0 : values[key]])
  return Object.fromEntries(given) as Record<keyof LimitValues, number>
}

/** A field for each limit. */
export function LimitFields<V extends LimitValues>({ form }: { form: UseFormReturnType<V> }) {
  return limits.map(({ key, label, whole, unit }) => (
    <NumberInput
      key={key}
      label={label}
      placeholder="No limit"
      min={0}
      clampBehavior="none"
      allowDecimal={!whole}
      allowNegative={false}
      suffix={unit}
      {...form.getInputProps(key)}
    />
  ))
}
