import { type Mark, rolesHolding } from '@atelier/access'
import { List, Text } from '@mantine/core'
import { roleLabel, resourceLabel } from '../roles/words.ts'
import type { Access } from './document.ts'

const marksOf: Readonly<Record<string, readonly Mark[]>> = {
  create: ['C'],
  read: ['Ra', 'Ro'],
  list: ['L', 'Ra'],
  update: ['Ua', 'Uo'],
  delete: ['Da', 'Do'],
}

const meanings: Readonly<Record<Mark, string>> = {
  C: 'create',
  Ra: 'read all',
  Ro: 'read their own',
  L: 'list',
  Ua: 'update all',
  Uo: 'update their own',
  Da: 'delete all',
  Do: 'delete their own',
}

/** Who may call an operation: the marks that let somebody, and the roles that hold them. */
export function OperationAccess({ access }: { access: Access }) {
  if ('public' in access)
    return <Text size="sm">Everybody, signed in or not: {access.public}.</Text>
  if ('signedIn' in access)
    return <Text size="sm">Everybody who is signed in: {access.signedIn}.</Text>
  const [resource, operation] = access.permission
  const marks = (marksOf[operation] ?? []).map((mark) => {
    const { site, organization } = rolesHolding(resource, mark)
    return { mark, roles: [...site, ...organization] }
  })
  return (
    <>
      <List size="sm" spacing={2} listStyleType="none">
        {marks
          .filter(({ roles }) => roles.length > 0)
          .map(({ mark, roles }) => (
            <List.Item key={mark}>
              <span className="mark" data-mark={mark}>
                {mark}
              </span>{' '}
              {meanings[mark]}: {roles.map(roleLabel).join(', ')}
            </List.Item>
          ))}
      </List>
      <Text size="sm" c="dimmed" mt={4}>
        {resourceLabel(resource)}: {operation}. An API key with scopes needs{' '}
        <code>
          {resource}:{operation}
        </code>
        .
      </Text>
    </>
  )
}
