import { resources } from '@atelier/access'
import { Table, Text } from '@mantine/core'
import { Check, Minus } from 'lucide-react'
import { resourceLabel } from '../roles/words.ts'
import type { Session } from '../session/session.ts'

const operations = ['create', 'read', 'list', 'update', 'delete'] as const

type Reach = 'yes' | 'all' | 'own' | 'no'

/** The caller's rights: a row for each kind of resource, a column for each operation. */
export function OwnRights({ can }: { can: Session['can'] }) {
  return (
    <Table.ScrollContainer minWidth={460} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
      <Table horizontalSpacing="xs" verticalSpacing={5} className="rights">
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Resource</Table.Th>
            {operations.map((operation) => (
              <Table.Th key={operation} scope="col" tt="capitalize">
                {operation}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {resources.map((resource) => (
            <Table.Tr key={resource}>
              <Table.Th scope="row" fw={400}>
                {resourceLabel(resource)}
              </Table.Th>
              {operations.map((operation) => (
                <Table.Td key={operation}>
                  <Right reach={reachOf(can[resource] ?? {}, operation)} />
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}

function reachOf(rights: Readonly<Record<string, boolean>>, operation: string): Reach {
  if (rights[operation] === true) return 'yes'
  if (rights[`${operation}_all`] === true) return 'all'
  return rights[`${operation}_own`] === true ? 'own' : 'no'
}

function Right({ reach }: { reach: Reach }) {
  if (reach === 'no') {
    return <Minus size={14} aria-label="No" className="rights-no" />
  }
  return (
    <span className="rights-yes">
      <Check size={14} {...(reach === 'yes' ? { 'aria-label': 'Yes' } : { 'aria-hidden': true })} />
      {reach !== 'yes' && (
        <Text span size="xs">
          {reach}
        </Text>
      )}
    </span>
  )
}
