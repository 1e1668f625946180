import type { ApiError } from '@atelier/api'
import { Group, Text } from '@mantine/core'
import { RoleBadge } from '../roles/role-badge.tsx'
import { resourceLabel } from '../roles/words.ts'

type Missing = NonNullable<ApiError['missing']>

/** Names the permission that is missing, and the roles that have it. */
export function MissingPermission({ missing }: { missing: Missing }) {
  return (
    <dl className="problem-missing">
      <div>
        <dt>Missing permission</dt>
        <dd>
          {resourceLabel(missing.resource)}: {missing.operation} {missing.scope}
          {missing.mark !== '' && (
            <Text span c="dimmed" inherit>
              {' '}
              (<code>{missing.mark}</code> in the role tables)
            </Text>
          )}
        </dd>
      </div>
      <div>
        <dt>Roles that have it</dt>
        <dd>
          {missing.roles.length === 0 ? (
            'No role has it.'
          ) : (
            <Group gap={6}>
              {missing.roles.map((role) => (
                <RoleBadge key={role} role={role} />
              ))}
            </Group>
          )}
        </dd>
      </div>
      {missing.key_scope !== undefined && (
        <div>
          <dt>Scope that an API key would need</dt>
          <dd>
            <code>{missing.key_scope}</code>
          </dd>
        </div>
      )}
    </dl>
  )
}
