import type { OrganizationRole } from '@atelier/access'
import { Checkbox, Select, Text, Textarea, TextInput } from '@mantine/core'
import type { UseFormReturnType } from '@mantine/form'
import { limitsBody, type LimitValues } from './limit-fields.tsx'
import { RoleSelect } from './role-select.tsx'
import { autoOffChoices, cpuChoices, memoryChoices, withCurrent } from './workspace-choices.ts'

export interface OrganizationValues extends LimitValues {
  name: string
  description: string
  default: boolean
  default_role: OrganizationRole
  auto_off_threshold: string
  cpu_provisioning_rate: string
  memory_provisioning_rate: string
}

type OrganizationForm = UseFormReturnType<OrganizationValues>

/** The values as the API takes them. */
export function bodyOf(values: OrganizationValues) {
  return {
    ...values,
    ...limitsBody(values),
    auto_off_threshold: Number(values.auto_off_threshold),
    cpu_provisioning_rate: Number(values.cpu_provisioning_rate),
    memory_provisioning_rate: Number(values.memory_provisioning_rate),
  }
}

const maxDescription = 512

export function NameFields({ form }: { form: OrganizationForm }) {
  const used = form.values.description.length
  return (
    <>
      <TextInput
        label="Name"
        required
        withAsterisk={false}
        maxLength={128}
        autoComplete="off"
        data-autofocus
        {...form.getInputProps('name')}
      />
      <div>
        <Textarea
          label="Description"
          description="What the people in it do; one line, shown in lists."
          maxLength={maxDescription}
          minRows={2}
          maxRows={6}
          {...form.getInputProps('description')}
          // It wraps like a paragraph, and stays one line.
          onChange={(event) => {
            form.setFieldValue('description', event.currentTarget.value.replace(/\s*\n\s*/g, ' '))
          }}
        />
        <Text size="xs" c="dimmed" ta="end" mt={4} className="at-number">
          {used} of {maxDescription} characters
        </Text>
      </div>
    </>
  )
}

export function JoiningFields({ form, refused }: { form: OrganizationForm; refused?: string }) {
  return (
    <>
      <Checkbox
        label="Default organization"
        description={
          refused ?? 'Every new user joins it, unless other organizations are chosen for them.'
        }
        aria-disabled={refused === undefined ? undefined : true}
        {...form.getInputProps('default', { type: 'checkbox' })}
        {...(refused === undefined
          ? {}
          : { checked: true, onChange: () => undefined, disabled: true })}
      />
      <RoleSelect
        label="Role of new members"
        description="What people get when they join, as long as nobody chooses another role for them. Members keep the role they have."
        value={form.values.default_role}
        onChange={(role) => {
          form.setFieldValue('default_role', role)
        }}
        error={form.errors['default_role']}
        data-path="default_role"
      />
    </>
  )
}

/** Each drop-down also offers the value that is stored, should a program have set another one. */
export function WorkspaceFields({ form }: { form: OrganizationForm }) {
  const { auto_off_threshold, cpu_provisioning_rate, memory_provisioning_rate } =
    form.getInitialValues()
  return (
    <>
      <Select
        label="Turn workspaces off after"
        description="How long a workspace may go unused before it is turned off."
        allowDeselect={false}
        data={withCurrent(autoOffChoices, auto_off_threshold)}
        {...form.getInputProps('auto_off_threshold')}
      />
      <Select
        label="CPU sharing"
        description="How many cores may be promised to workspaces for each core there is. More saves money; fewer keep busy workspaces fast."
        allowDeselect={false}
        data={withCurrent(cpuChoices, cpu_provisioning_rate)}
        {...form.getInputProps('cpu_provisioning_rate')}
      />
      <Select
        label="Memory sharing"
        description="How much memory may be promised to workspaces for each gigabyte there is. Above 1:1 a workspace may run out before it has used its share."
        allowDeselect={false}
        data={withCurrent(memoryChoices, memory_provisioning_rate)}
        {...form.getInputProps('memory_provisioning_rate')}
      />
    </>
  )
}
