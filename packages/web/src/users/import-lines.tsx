import { siteRoles } from '@atelier/access'
import { Badge, Table, Text } from '@mantine/core'
import { AnchorLink } from '../navigation/links.tsx'
import { roleLabel } from '../roles/words.ts'
import { useOverflow } from '../table/use-overflow.ts'
import './import.css'
import type { ImportAnswer } from './import-page.tsx'

/** The lines of an import, each with what becomes or became of it. */
export function ImportLines({ label, lines }: { label: string; lines: ImportAnswer['lines'] }) {
  const overflow = useOverflow()
  const withPasswords = lines.some((line) => line.password !== null)
  return (
    <div
      ref={overflow.ref}
      className="import-lines"
      {...(overflow.scrolls ? { tabIndex: 0, role: 'region', 'aria-label': label } : {})}
    >
      <Table aria-label={label} verticalSpacing={8} horizontalSpacing="md">
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Line</Table.Th>
            <Table.Th scope="col">Name</Table.Th>
            <Table.Th scope="col">Username</Table.Th>
            <Table.Th scope="col">E-mail</Table.Th>
            <Table.Th scope="col">Site role</Table.Th>
            {withPasswords && <Table.Th scope="col">Temporary password</Table.Th>}
            <Table.Th scope="col">Result</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {lines.map((line) => (
            <Table.Tr key={line.line}>
              <Table.Td c="dimmed">{line.line}</Table.Td>
              <Table.Td>{line.name}</Table.Td>
              <Table.Td>{line.username}</Table.Td>
              <Table.Td>{line.email}</Table.Td>
              <Table.Td>{roleText(line.role)}</Table.Td>
              {withPasswords && (
                <Table.Td>
                  {line.password !== null && (
                    <code className="import-password">{line.password}</code>
                  )}
                </Table.Td>
              )}
              <Table.Td className="import-outcome">
                <Outcome line={line} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  )
}

/** What is no role stands as it was written, or the problem beside it would name what nobody sees. */
function roleText(role: string): string {
  return (siteRoles as readonly string[]).includes(role) ? roleLabel(role) : role
}

function Outcome({ line }: { line: ImportAnswer['lines'][number] }) {
  if (!line.ok) {
    return (
      <ul className="import-problems">
        {line.errors.map(({ path, message }) => (
          <li key={`${path} ${message}`}>
            {path !== '' && <code>{path}</code>} {message}
          </li>
        ))}
      </ul>
    )
  }
  if (line.user_id === null) {
    return <Badge color="green">Can be created</Badge>
  }
  return (
    <Text span inherit style={{ whiteSpace: 'nowrap' }}>
      <Badge color="green">Created</Badge>{' '}
      <AnchorLink to="/users/$user" params={{ user: line.user_id }} size="xs" ml={4}>
        Open<span className="import-hidden"> {line.name}</span>
      </AnchorLink>
    </Text>
  )
}
