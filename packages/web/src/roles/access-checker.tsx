import { operations, resources } from '@atelier/access'
import { SegmentedControl, Select, Stack, Text } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useId } from 'react'
import { useClient } from '../session/client.tsx'
import { may, useSession } from '../session/session.ts'
import './access-checker.css'
import { AccessAnswer } from './access-answer.tsx'
import { PersonSelect } from './person-select.tsx'
import type { AccessQuestion, RoleSearch } from './search.ts'
import { resourceLabel, words } from './words.ts'

interface Props {
  question: AccessQuestion
  /** Whether anybody's own of this kind can be told from all. */
  hasOwners: boolean
  onChange: (patch: RoleSearch) => void
}

/** Asks the tables whether somebody may do something, and shows the answer with its reason. */
export function AccessChecker({ question, hasOwners, onChange }: Props) {
  const client = useClient()
  const session = useSession()
  const scopeId = useId()
  const { user, operation, resource, scope, org } = question
  const isSelf = user === undefined || user === session.user.id
  const person = useQuery({
    queryKey: ['users', 'one', user],
    queryFn: ({ signal }) => client.users.get({ params: { user: user ?? 'me' }, signal }),
    enabled: !isSelf,
    retry: false,
  })
  const chosen = isSelf ? session.user : person.data
  const answer = useQuery({
    queryKey: ['access', 'check', question],
    queryFn: ({ signal }) =>
      client.access.check({
        query: {
          operation,
          resource,
          scope,
          ...(user === undefined ? {} : { user }),
          ...(org === undefined ? {} : { org }),
        },
        signal,
      }),
    placeholderData: keepPreviousData,
    retry: false,
  })

  return (
    <div>
      <div className="checker" role="group" aria-label="Question">
        {may(session, 'users', 'read_all') ? (
          <PersonSelect
            label="May"
            person={chosen}
            onChange={(id) => {
              onChange({ user: id === session.user.id ? undefined : id, org: undefined })
            }}
          />
        ) : (
          <div>
            <Text fw={550} mb={4}>
              May
            </Text>
            <Text className="checker-self">You (@{session.user.username})</Text>
          </div>
        )}
        <Select
          label="Operation"
          data={operations.map((value) => ({ value, label: words(value) }))}
          value={operation}
          allowDeselect={false}
          onChange={(value) => {
            onChange({ operation: operations.find((one) => one === value) })
          }}
        />
        <div>
          <Text fw={550} mb={4} id={scopeId}>
            Whose
          </Text>
          <SegmentedControl
            fullWidth
            aria-labelledby={scopeId}
            disabled={!hasOwners}
            value={hasOwners ? scope : 'all'}
            data={
              operation === 'create'
                ? [
                    { value: 'own', label: 'For oneself' },
                    { value: 'all', label: 'For others' },
                  ]
                : [
                    { value: 'all', label: 'All' },
                    { value: 'own', label: 'Own' },
                  ]
            }
            onChange={(value) => {
              onChange({ scope: value === 'own' ? 'own' : 'all' })
            }}
          />
        </div>
        <Select
          label="Resource"
          data={resources.map((value) => ({ value, label: resourceLabel(value) }))}
          value={resource}
          searchable
          allowDeselect={false}
          onChange={(value) => {
            onChange({ resource: resources.find((one) => one === value), scope: undefined })
          }}
        />
        <Select
          label="Organization"
          placeholder="Outside of all"
          data={(chosen?.organizations ?? []).map(({ id, name }) => ({ value: id, label: name }))}
          value={org ?? null}
          clearable
          clearButtonProps={{ 'aria-label': 'Ask outside of all organizations' }}
          nothingFoundMessage="In no organization"
          onChange={(value) => {
            onChange({ org: value ?? undefined })
          }}
        />
      </div>
      <Stack role="status" gap={0}>
        <AccessAnswer answer={answer} question={question} />
      </Stack>
    </div>
  )
}
