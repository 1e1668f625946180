import { Text } from '@mantine/core'
import { Time } from '../time/time.tsx'
import type { Setting } from './setting-values.ts'
import { defaultText } from './setting-words.ts'

/** The default of a setting, and who changed it last. */
export function SettingHistory({ setting }: { setting: Setting }) {
  const { key, updated_at: at, updated_by: by } = setting
  return (
    <Text size="xs" c="dimmed" className="setting-history">
      Default: {defaultText(key, setting.default)}.{' '}
      {at === null ? (
        'Never changed.'
      ) : (
        <>
          Changed <Time value={at} />
          {by === null ? ' by somebody who is gone' : ` by ${by.name} (@${by.username})`}.
        </>
      )}
    </Text>
  )
}
