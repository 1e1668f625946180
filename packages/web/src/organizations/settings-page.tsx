import { ApiError, type Organization, organizations } from '@atelier/api'
import { Button, Stack, Text, Title } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { Navigate, useParams } from '@tanstack/react-router'
import { LockKeyhole } from 'lucide-react'
import { type ReactNode, useId, useState } from 'react'
import { useApiForm } from '../forms/api-form.ts'
import { Form } from '../forms/form.tsx'
import { RefusedAction } from '../forms/refused-action.tsx'
import { UnsavedGuard } from '../forms/unsaved-guard.tsx'
import { AnchorLink, ButtonLink } from '../navigation/links.tsx'
import { Notice } from '../problems/problem-view.tsx'
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
import { LimitFields, limitsOf } from './limit-fields.tsx'
import './organizations.css'
import { SettingsList } from './settings-list.tsx'
import { fullRecord, useOrganization } from './use-organization.ts'

/** What an organization is called, how people join it, and what holds for its workspaces. */
export function SettingsPage() {
  const { organization: id } = useParams({ from: '/frame/organizations/$organization/settings' })
  const query = useOrganization(id)
  const [deleted, setDeleted] = useState(false)
  // The form goes first, or it would ask whether its changes should be saved.
  if (deleted) return <Navigate to="/organizations" replace />
  return (
    <OrganizationFrame query={query} tab="Settings">
      {(data) => {
        const organization = fullRecord(data)
        if (organization === undefined) {
          return <Hidden id={data.id} />
        }
        return (
          <Stack gap="lg" className="organization-settings">
            {organization.can['update'] === true ? (
              <Settings organization={organization} />
            ) : (
              <SettingsList organization={organization} />
            )}
            <Deletion
              organization={organization}
              onDeleted={() => {
                setDeleted(true)
              }}
            />
          </Stack>
        )
      }}
    </OrganizationFrame>
  )
}

function Hidden({ id }: { id: string }) {
  return (
    <Notice icon={<LockKeyhole />} title="You may not see these settings">
      <Text>
        Your role in this organization shows you its members. The{' '}
        <AnchorLink to="/roles" underline="always" inherit>
          role tables
        </AnchorLink>{' '}
        show which roles read its settings.
      </Text>
      <ButtonLink to="/organizations/$organization" params={{ organization: id }} variant="default">
        Go to the members
      </ButtonLink>
    </Notice>
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
    send: async (values) => {
      try {
        return await client.organizations.update({
          params: { organization: organization.id },
          body: bodyOf(values),
          headers: { 'if-match': `"${String(organization.version)}"` },
        })
      } catch (error) {
        // What somebody else has saved is fetched, so that Cancel shows it.
        if (error instanceof ApiError && error.status === 412) {
          await queryClient.invalidateQueries({ queryKey: ['organizations', organization.id] })
        }
        throw error
      }
    },
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
        {isOld && (
          <Text role="status">
            Somebody else has saved other settings since you opened this page. Cancel drops your
            changes and shows theirs.
          </Text>
        )}
        <NameFields form={form.form} />
        <Part title="People">
          <JoiningFields form={form.form} {...(refused === undefined ? {} : { refused })} />
        </Part>
        <Part title="Workspaces">
          <WorkspaceFields form={form.form} />
        </Part>
        <Part title="Limits">
          <LimitFields form={form.form} />
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
    ...limitsOf(organization),
  }
}

function Deletion({
  organization,
  onDeleted,
}: {
  organization: Organization
  onDeleted: () => void
}) {
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
        onDeleted={onDeleted}
      />
    </Section>
  )
}
