import { Text } from '@mantine/core'
import { LazyMarkdown } from '../markdown/lazy-markdown.tsx'
import './admin.css'
import { SettingHistory } from './setting-history.tsx'
import type { Setting } from './setting-values.ts'
import { valueText } from './setting-words.ts'

/** The settings of one group for those who may read them only. */
export function SettingsList({ settings }: { settings: readonly Setting[] }) {
  return (
    <dl className="setting-list">
      {settings.map((setting) => (
        <div key={setting.key} className="setting setting-row">
          <dt>
            {setting.title}
            <Text size="xs" c="dimmed" fw={400}>
              {setting.description}.
            </Text>
          </dt>
          <dd>
            <Value setting={setting} />
            <SettingHistory setting={setting} />
          </dd>
        </div>
      ))}
    </dl>
  )
}

function Value({ setting: { key, title, value } }: { setting: Setting }) {
  if (key !== 'terms_of_service_body' || typeof value !== 'string' || value === '') {
    return valueText(key, value)
  }
  return (
    <div className="setting-preview" tabIndex={0} role="region" aria-label={title}>
      <LazyMarkdown>{value}</LazyMarkdown>
    </div>
  )
}
