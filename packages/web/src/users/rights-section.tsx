import {
  effectiveMarks,
  type Mark,
  marks,
  type Resource,
  resources,
  type Role,
} from '@atelier/access'
import type { User } from '@atelier/api'
import { Alert, Select, Text } from '@mantine/core'
import { useState } from 'react'
import { AnchorLink } from '../navigation/links.tsx'
import { resourceLabel, roleLabel } from '../roles/words.ts'
import { Section } from '../shell/section.tsx'
import { MarkChip } from './marks.tsx'

const outside = 'outside'

/** What a person may do by their site role, and in an organization by their role there as well. */
export function RightsSection({ user }: { user: User }) {
  const [where, setWhere] = useState(outside)
  const organization = user.organizations.find((one) => one.id === where)
  const rows = resources.flatMap((resource) => {
    const held = heldMarks(user, organization?.role, resource)
    return held.length === 0 ? [] : [{ resource, held }]
  })
  return (
    <Section
      title={`What ${user.name} may do`}
      description="What is not listed is denied. The codes are those of the role tables."
      actions={
        <AnchorLink to="/roles" search={{ user: user.id }} size="sm">
          Ask about one right
        </AnchorLink>
      }
    >
      {user.status === 'suspended' && (
        <Alert color="orange" mb="md">
          The account is suspended: until it is reactivated, none of this can be used.
        </Alert>
      )}
      {user.organizations.length > 0 && (
        <Select
          label="Where"
          mb="sm"
          maw={320}
          allowDeselect={false}
          data={[
            { value: outside, label: 'Everywhere, by the site role' },
            ...user.organizations.map(({ id, name }) => ({ value: id, label: `In ${name}` })),
          ]}
          value={organization === undefined ? outside : where}
          onChange={(next) => {
            setWhere(next ?? outside)
          }}
        />
      )}
      <ul className="rights-list" aria-label="Rights">
        {rows.map(({ resource, held }) => (
          <li key={resource} className="rights-row">
            <span className="rights-resource">{resourceLabel(resource)}</span>
            <span className="rights-marks">
              {held.map(({ mark, added }) => (
                <MarkChip key={mark} mark={mark} added={added} />
              ))}
            </span>
          </li>
        ))}
      </ul>
      {organization !== undefined && (
        <Text size="sm" c="dimmed" mt="sm">
          Tinted: in {organization.name} only, as {roleLabel(organization.role).toLowerCase()}. The
          others come from the site role and count everywhere.
        </Text>
      )}
    </Section>
  )
}

interface Held {
  readonly mark: Mark
  /** Only the role in the organization gives it. */
  readonly added: boolean
}

function heldMarks(user: User, role: Role | undefined, resource: Resource): readonly Held[] {
  const bySite = effectiveMarks(user.role, resource)
  const byOrganization = role === undefined ? [] : effectiveMarks(role, resource)
  return marks
    .filter((mark) => bySite.includes(mark) || byOrganization.includes(mark))
    .map((mark) => ({ mark, added: !bySite.includes(mark) }))
}
