import { type Client, users } from '@atelier/api'
import { Alert, PasswordInput, Select, Skeleton, Stack, Text } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { TriangleAlert } from 'lucide-react'
import { useState } from 'react'
import { deviceName } from '../account/user-agent.ts'
import { useApiForm } from '../forms/api-form.ts'
import { Form } from '../forms/form.tsx'
import { problemText } from '../problems/problem-text.ts'
import { useClient } from '../session/client.tsx'
import { sessionKey, useSession } from '../session/session.ts'
import { notifyDone } from '../shell/notify.ts'
import { Time } from '../time/time.tsx'
import { PersonLine } from './person.tsx'
import { type AnyUser, fullRecord, useUsersChanged } from './queries.ts'
import { type Preview, RoleEffects, RoleStep } from './role-effects.tsx'
import './transfer.css'

type TransferPreview = Awaited<ReturnType<Client['users']['transferPreview']>>

/** Hands the site admin role to somebody else: choose, look at both sides, confirm by password. */
export function Transfer({ to, onClose }: { to?: AnyUser; onClose: () => void }) {
  const client = useClient()
  const queryClient = useQueryClient()
  const usersChanged = useUsersChanged()
  const self = useSession().user
  const [person, setPerson] = useState(to)
  const preview = useQuery({
    queryKey: ['users', person?.id, 'transfer-preview'],
    queryFn: ({ signal }) =>
      client.users.transferPreview({ query: { user_id: person?.id ?? '' }, signal }),
    enabled: person !== undefined,
    staleTime: 0,
    gcTime: 0,
    retry: false,
  })
  const form = useApiForm({
    initialValues: { user_id: to?.id ?? '', password: '' },
    schema: users.transfer.body.extend({
      user_id: users.transfer.body.shape.user_id.min(1, 'Choose a person first'),
    }),
    send: (body) => client.users.transfer({ body }),
    onDone: async ({ site_admin, former }) => {
      notifyDone(`${site_admin.name} is the site admin now. You are a site manager.`)
      onClose()
      await queryClient.invalidateQueries({ queryKey: sessionKey })
      await usersChanged(site_admin, former)
    },
  })

  function choose(chosen: AnyUser | undefined) {
    setPerson(chosen)
    form.form.setFieldValue('user_id', chosen?.id ?? '')
  }

  return (
    <Form
      form={form}
      submitLabel={person === undefined ? 'Transfer' : `Transfer to ${person.name}`}
      danger
      onCancel={onClose}
    >
      <Text>
        Exactly one person is the site admin. Choose who it is from now on; you become a site
        manager in the same moment.
      </Text>
      <PersonChoice
        person={person}
        error={form.form.errors['user_id']}
        onChoose={choose}
        autoFocus={to === undefined}
      />
      {preview.isError && (
        <Alert color="red" role="alert" title="The role cannot go to this person">
          {problemText(preview.error)}
        </Alert>
      )}
      {preview.isLoading && (
        <Stack gap="sm" role="status" aria-label="Loading what would change">
          <Skeleton height={90} radius="md" />
          <Skeleton height={90} radius="md" />
        </Stack>
      )}
      {person !== undefined && preview.data !== undefined && (
        <>
          <Side title={person.name} preview={preview.data.to} sessions={preview.data.sessions} />
          <Side
            title={`${self.name} (you)`}
            preview={preview.data.from}
            sessions={preview.data.sessions}
          />
          <Alert
            color="yellow"
            icon={<TriangleAlert aria-hidden="true" />}
            title="Only the new site admin can give the role back"
          >
            The change counts at once and nobody is signed out. Your API keys lose what only the
            site admin may do. Should {person.name} lose their password, it can be reset on the
            server’s own machine only.
          </Alert>
          <PasswordInput
            label="Your password"
            description="To be sure that it is you."
            autoComplete="current-password"
            {...form.form.getInputProps('password')}
          />
        </>
      )}
    </Form>
  )
}

/** Finds people on the server as one types; who cannot take the role stands there with the reason. */
function PersonChoice({
  person,
  error,
  onChoose,
  autoFocus,
}: {
  person: AnyUser | undefined
  error: unknown
  onChoose: (person: AnyUser | undefined) => void
  autoFocus: boolean
}) {
  const client = useClient()
  const [text, setText] = useState(person === undefined ? '' : person.name)
  const [searched] = useDebouncedValue(text, 180)
  // The field shows the chosen person's name, which is not a search.
  const q = searched === person?.name ? '' : searched.trim()
  const found = useQuery({
    queryKey: ['users', 'list', { q, limit: 20, purpose: 'transfer' }],
    queryFn: async ({ signal }) =>
      (await client.users.list({ query: { limit: 20, ...(q === '' ? {} : { q }) }, signal })).items,
    placeholderData: keepPreviousData,
  })
  const people = new Map<string, AnyUser>()
  if (person !== undefined) people.set(person.id, person)
  // Those who can take the role come first.
  for (const able of [true, false]) {
    for (const one of found.data ?? []) {
      if ((one.can['transfer'] === true) === able) people.set(one.id, one)
    }
  }

  return (
    <Select
      label="New site admin"
      placeholder="Search by name, username or e-mail"
      searchable
      clearable
      clearButtonProps={{ 'aria-label': 'Choose somebody else' }}
      data-autofocus={autoFocus || undefined}
      data={[...people.values()].map((one) => ({
        value: one.id,
        label: one.name,
        disabled: one.can['transfer'] !== true,
      }))}
      value={person?.id ?? null}
      filter={({ options }) => options}
      nothingFoundMessage={found.isError ? problemText(found.error) : 'Nobody of this name'}
      searchValue={text}
      onSearchChange={setText}
      withScrollArea={false}
      classNames={{ options: 'transfer-options', option: 'transfer-choice' }}
      renderOption={({ option }) => {
        const one = people.get(option.value)
        if (one === undefined) return option.label
        return (
          <span className="transfer-option">
            <PersonLine person={one} detail={fullRecord(one)?.email} />
            {option.disabled === true && (
              <span className="transfer-reason">
                {one.cannot['transfer'] ?? 'Cannot take the role'}
              </span>
            )}
          </span>
        )
      }}
      onChange={(id) => {
        onChoose(id === null ? undefined : people.get(id))
      }}
      error={typeof error === 'string' ? error : undefined}
      data-path="user_id"
    />
  )
}

function Side({
  title,
  preview,
  sessions,
}: {
  title: string
  preview: Preview
  sessions: TransferPreview['sessions']
}) {
  const own = sessions.filter((session) => session.user_id === preview.user_id)
  return (
    <section className="transfer-side" aria-label={title}>
      <header className="transfer-side-header">
        <h3>{title}</h3>
        <RoleStep before={preview.before} after={preview.after} />
      </header>
      <RoleEffects
        preview={preview}
        folded
        sessions={own.length === 0 ? undefined : <Sessions sessions={own} />}
      />
    </section>
  )
}

const shownSessions = 4

function Sessions({ sessions }: { sessions: TransferPreview['sessions'] }) {
  const more = sessions.length - shownSessions
  return (
    <ul className="effects-keys">
      {sessions.slice(0, shownSessions).map((session) => (
        <li key={session.id}>
          {deviceName(session.user_agent)}{' '}
          <Text span inherit c="dimmed">
            from {session.ip === '' ? 'this server' : session.ip}, seen{' '}
            <Time value={session.last_seen_at} />
          </Text>
        </li>
      ))}
      {more > 0 && <li>and {String(more)} more</li>}
    </ul>
  )
}
