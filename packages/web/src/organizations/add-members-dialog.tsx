import type { OrganizationRole } from '@atelier/access'
import { ApiError } from '@atelier/api'
import { Modal } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { z } from 'zod'
import { useApiForm } from '../forms/api-form.ts'
import { Form } from '../forms/form.tsx'
import { useClient } from '../session/client.tsx'
import { notifyDone } from '../shell/notify.ts'
import { PeopleField, type Person } from './people-field.tsx'
import { RoleSelect } from './role-select.tsx'

const schema = z.object({ people: z.array(z.unknown()).min(1, 'Choose at least one person') })

interface Props {
  organizationId: string
  defaultRole: OrganizationRole | undefined
  opened: boolean
  onClose: () => void
}

/** Finds people and adds them, all with one role; who could not be added stays in the field. */
export function AddMembersDialog({ opened, onClose, ...rest }: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title="Add members" size="lg">
      <AddForm onClose={onClose} {...rest} />
    </Modal>
  )
}

function AddForm({
  organizationId,
  defaultRole = 'organization-member',
  onClose,
}: Omit<Props, 'opened'>) {
  const client = useClient()
  const queryClient = useQueryClient()
  const form = useApiForm({
    initialValues: { people: [] as readonly Person[], role: defaultRole },
    schema,
    send: async ({ people, role }) => {
      const failed: { person: Person; error: ApiError }[] = []
      for (const person of people) {
        try {
          await client.organizations.addMember({
            params: { organization: organizationId },
            body: { user_id: person.id, role },
          })
        } catch (error) {
          if (!(error instanceof ApiError)) throw error
          failed.push({ person, error })
        }
      }
      const added = people.length - failed.length
      if (added > 0) {
        notifyDone(
          people.length === 1
            ? `${people[0]?.name ?? ''} is a member now.`
            : `${String(added)}${failed.length > 0 ? ` of ${String(people.length)}` : ''} people are members now.`,
        )
        void queryClient.invalidateQueries({ queryKey: ['organizations'] })
        void queryClient.invalidateQueries({ queryKey: ['users'] })
      }
      const [first] = failed
      if (first === undefined) return
      form.form.setFieldValue(
        'people',
        failed.map(({ person }) => person),
      )
      throw new ApiError({
        ...first.error.problem,
        errors: failed.map(({ person, error }) => ({
          path: 'people',
          message: `${person.name}: ${error.message}`,
        })),
      })
    },
    onDone: onClose,
  })

  return (
    <Form form={form} submitLabel="Add members" onCancel={onClose}>
      <PeopleField
        organizationId={organizationId}
        value={form.form.values.people}
        onChange={(people) => {
          form.form.setFieldValue('people', people)
        }}
        error={form.form.errors['people']}
      />
      <RoleSelect
        label="Organization role"
        {...(form.form.values.role === defaultRole
          ? { description: 'This is what new members of this organization get.' }
          : {})}
        value={form.form.values.role}
        onChange={(role) => {
          form.form.setFieldValue('role', role)
        }}
      />
    </Form>
  )
}
