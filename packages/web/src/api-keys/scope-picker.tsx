import { operations } from '@atelier/access'
import { Button, Checkbox, Group, Input, Text } from '@mantine/core'
import { type ReactNode, useId } from 'react'
import { words } from '../roles/words.ts'
import { useSession } from '../session/session.ts'
import './scope-picker.css'
import { isCovered, type ScopeGroup, scopeGroups } from './scopes.ts'

interface Props {
  value: readonly string[]
  onChange: (value: string[]) => void
  /** What the key has already, whether its owner may do it now or not. */
  kept: readonly string[]
  error?: ReactNode
}

/** Chooses scopes among what the reader may do now: resources down, operations across. */
export function ScopePicker({ value, onChange, kept, error }: Props) {
  const groups = scopeGroups(useSession().can, kept)
  const all = groups.flatMap((group) => group.choices.map((choice) => choice.scope))
  const lost = groups.some((group) => group.choices.some((choice) => !choice.held))
  const id = useId()
  return (
    <div>
      <div className="scope-picker" role="group" aria-labelledby={id}>
        <Group justify="space-between" gap="xs" className="scope-picker-head">
          <Text id={id} fw={550}>
            Scopes{' '}
            <Text span inherit fw={400} c="dimmed" className="at-number">
              {value.length} of {all.length}
            </Text>
          </Text>
          <Group gap={4}>
            <Button
              size="compact-sm"
              variant="subtle"
              onClick={() => {
                onChange(all.filter((scope) => scope.endsWith(':read')))
              }}
            >
              All reading
            </Button>
            <Button
              size="compact-sm"
              variant="subtle"
              onClick={() => {
                onChange([])
              }}
            >
              None
            </Button>
          </Group>
        </Group>
        <div className="scope-rows">
          <table className="scope-table">
            <thead>
              <tr>
                <th scope="col">On</th>
                {operations.map((operation) => (
                  <th scope="col" key={operation}>
                    {words(operation)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {groups.map((group, index) => (
                <ScopeRow
                  key={group.resource}
                  group={group}
                  first={index === 0}
                  value={value}
                  onChange={onChange}
                />
              ))}
            </tbody>
          </table>
        </div>
      </div>
      {lost && (
        <Text size="xs" c="dimmed" mt={6}>
          Marked scopes give the key nothing now, since you may not do this yourself.
        </Text>
      )}
      {error !== undefined && error !== null && <Input.Error mt={6}>{error}</Input.Error>}
    </div>
  )
}

function ScopeRow({
  group,
  first,
  value,
  onChange,
}: {
  group: ScopeGroup
  first: boolean
  value: readonly string[]
  onChange: (value: string[]) => void
}) {
  // Where the form's summary of errors leads.
  const entrance = first ? group.choices[0]?.scope : undefined
  return (
    <tr>
      <th scope="row">{group.label}</th>
      {operations.map((operation) => {
        const choice = group.choices.find((one) => one.operation === operation)
        if (choice === undefined) return <td key={operation} />
        const { scope, held } = choice
        const covered = isCovered(scope, value)
        return (
          <td key={operation} data-lost={!held || undefined}>
            <Checkbox
              className="scope-check"
              aria-label={`${group.label}: ${operation}${covered ? ', part of read' : ''}${held ? '' : ', which you may not do now'}`}
              title={held ? undefined : 'You may not do this now, so it gives the key nothing.'}
              checked={covered || value.includes(scope)}
              disabled={covered}
              {...(scope === entrance ? { 'data-path': 'scopes' } : {})}
              onChange={(event) => {
                onChange(
                  event.currentTarget.checked
                    ? [...value, scope]
                    : value.filter((one) => one !== scope),
                )
              }}
            />
          </td>
        )
      })}
    </tr>
  )
}
