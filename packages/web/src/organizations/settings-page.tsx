import { type Organization, organizations } from '@atelier/api'
import { Button, Stack, Text, Title } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import { type ReactNode, useId, useState } from 'react'
import { useApiForm } from '../forms/api-form.ts'
import { Form } from '../forms/form.tsx'
import { RefusedAction } from '../forms/refused-action.tsx'
import { UnsavedGuard } from '../forms/unsaved-guard.tsx'
import { useClient } from '../session/client.tsx'
import { notifyDone } from '../shell/notify.ts'
import { Section } from '../shell/section.tsx'
import { DeleteOrganizationDialog } from './delete-organization-dialog.tsx'
import {
  bodyOf,
  JoiningFields,
  NameFields,
  type OrganizationValues,
  WorkspaceFields,
} from './organization-fields.tsx'
import { OrganizationFrame } from './organization-frame.tsx'
import './organizations.css'
import { SettingsList } from './settings-list.tsx'
import { fullRecord, useOrganization } from './use-organization.ts'

/** What an organization is called, how people join it, and what holds for its workspaces. */
export function SettingsPage() {
  const { organization: id } = useParams({ from: '/frame/organizations/$organization/settings' })
  return (
    <OrganizationFrame query={useOrganization(id)} tab="Settings">
      {(data) => {
        const organization = fullRecord(data)
        if (organization === undefined) {
          return <Text>Only managers of this organization see its settings.</Text>
        }
        return (
          <Stack gap="lg" className="organization-settings">
            {organization.can['update'] === true ? (
              <Settings organization={organization} />
            ) : (
              <SettingsList organization={organization} />
            )}
            <Deletion organization={organization} />
          </Stack>
        )
      }}
    </OrganizationFrame>
  )
}

/** Holds the version that is being edited: what others save meanwhile must not change the fields. */
function Settings({ organization }: { organization: Organization }) {
  const [edited, setEdited] = useState(organization)
  return (
    <SettingsForm
      key={edited.version}
      organization={edited}
      isOld={edited.version !== organization.version}
      onSaved={setEdited}
      onDiscard={() => {
        setEdited({ ...organization })
      }}
    />
  )
}

function SettingsForm({
  organization,
  isOld,
  onSaved,
  onDiscard,
}: {
  organization: Organization
  /** Somebody else has saved since. */
  isOld: boolean
  onSaved: (organization: Organization) => void
  onDiscard: () => void
}) {
  const client = useClient()
  const queryClient = useQueryClient()
  const form = useApiForm({
    initialValues: valuesOf(organization),
    schema: organizations.update.body,
    toBody: bodyOf,
    send: (values) =>
      client.organizations.update({
        params: { organization: organization.id },
        body: bodyOf(values),
        headers: { 'if-match': `"${String(organization.version)}"` },
      }),
    onDone: async (saved) => {
      onSaved(saved)
      notifyDone('The settings are saved.')
      await queryClient.invalidateQueries({ queryKey: ['organizations'] })
    },
  })
  const dirty = form.form.isDirty()
  const refused = organization.cannot['unset_default']
  return (
    <Section title="Settings">
      <Form
        form={form}
        submitLabel="Save changes"
        {...(dirty || isOld
          ? {
              onCancel: () => {
                form.form.reset()
                onDiscard()
              },
            }
          : {})}
      >
        <NameFields form={form.form} />
        <Part title="People">
          <JoiningFields form={form.form} {...(refused === undefined ? {} : { refused })} />
        </Part>
        <Part title="Workspaces">
          <WorkspaceFields form={form.form} />
        </Part>
      </Form>
      <UnsavedGuard dirty={dirty && !form.pending} />
    </Section>
  )
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  const id = useId()
  return (
    <Stack gap="md" role="group" aria-labelledby={id} className="settings-part">
      <Title order={3} id={id}>
        {title}
      </Title>
      {children}
    </Stack>
  )
}

function valuesOf(organization: Organization): OrganizationValues {
  return {
    name: organization.name,
    description: organization.description,
    default: organization.default,
    default_role: organization.default_role,
    auto_off_threshold: String(organization.auto_off_threshold),
    cpu_provisioning_rate: String(organization.cpu_provisioning_rate),
    memory_provisioning_rate: String(organization.memory_provisioning_rate),
  }
}

function Deletion({ organization }: { organization: Organization }) {
  const navigate = useNavigate()
  const [open, setOpen] = useState(false)
  const refused = organization.cannot['delete']
  if (organization.can['delete'] !== true && refused === undefined) return null
  return (
    <Section
      title="Delete this organization"
      description="Its people keep their accounts. Who is in no default organization moves to one."
    >
      <RefusedAction reason={refused}>
        <Button
          color="red.8"
          onClick={() => {
            setOpen(true)
          }}
        >
          Delete organization
        </Button>
      </RefusedAction>
      <DeleteOrganizationDialog
        organization={open ? organization : undefined}
        onClose={() => {
          setOpen(false)
        }}
        onDeleted={() => navigate({ to: '/organizations' })}
      />
    </Section>
  )
}
