import type { Organization } from '@atelier/api'
import { roleMeanings } from '@atelier/access'
import { Text } from '@mantine/core'
import { AnchorLink } from '../navigation/links.tsx'
import { Section } from '../shell/section.tsx'
import { limits } from './limit-fields.tsx'
import './organizations.css'
import { shortRole } from './roles.ts'
import { autoOffChoices, cpuChoices, labelOf, memoryChoices } from './workspace-choices.ts'

/** The settings for who may read but not change them. */
export function SettingsList({ organization }: { organization: Organization }) {
  const role = organization.default_role
  return (
    <Section
      title="Settings"
      description={
        <>
          Your role lets you read these, not change them. The{' '}
          <AnchorLink to="/roles" underline="always" inherit>
            role tables
          </AnchorLink>{' '}
          show which roles may.
        </>
      }
    >
      <dl className="settings-list">
        <Setting name="Name">{organization.name}</Setting>
        <Setting name="Description">{organization.description || 'None'}</Setting>
        <Setting name="Default organization">
          {organization.default ? 'Yes: every new user joins it' : 'No'}
        </Setting>
        <Setting name="Role of new members">
          {shortRole(role)}
          <Text size="xs" c="dimmed">
            {roleMeanings[role]}
          </Text>
        </Setting>
        <Setting name="Turn workspaces off after">
          {labelOf(autoOffChoices, String(organization.auto_off_threshold))}
        </Setting>
        <Setting name="CPU sharing">
          {labelOf(cpuChoices, String(organization.cpu_provisioning_rate))}
        </Setting>
        <Setting name="Memory sharing">
          {labelOf(memoryChoices, String(organization.memory_provisioning_rate))}
        </Setting>
        {limits.map(({ key, label, unit }) => (
          <Setting key={key} name={label}>
            {organization[key] === 0 ? 'No limit' : `${String(organization[key])}${unit}`}
          </Setting>
        ))}
      </dl>
    </Section>
  )
}

function Setting({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}
