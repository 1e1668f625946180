import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { LockKeyhole } from 'lucide-react'
import { useCallback, useState } from 'react'
import { UnsavedGuard } from '../forms/unsaved-guard.tsx'
import { useClient } from '../session/client.tsx'
import { Page } from '../shell/page.tsx'
import { QueryView } from '../shell/query-view.tsx'
import { Section } from '../shell/section.tsx'
import { settingsOf } from './setting-values.ts'
import { groups } from './setting-words.ts'
import { configurationKey, SettingsForm } from './settings-form.tsx'
import { SettingsList } from './settings-list.tsx'

/** The configuration of the system: everybody reads it, each card is saved by itself. */
export function AdminPage() {
  const client = useClient()
  const [unsaved, setUnsaved] = useState<readonly string[]>([])
  const configuration = useQuery({
    queryKey: configurationKey,
    queryFn: ({ signal }) => client.configuration.get({ signal }),
  })
  const onDirty = useCallback((group: string, dirty: boolean) => {
    setUnsaved((all) => [...all.filter((one) => one !== group), ...(dirty ? [group] : [])])
  }, [])

  return (
    <Page
      title="Admin"
      description="Configuration of the system. A saved change is in force at once, without a restart."
    >
      <UnsavedGuard dirty={unsaved.length > 0} />
      <QueryView query={configuration}>
        {(data) => (
          <div className="admin-cards">
            {data.can['update'] !== true && (
              <Text c="dimmed" className="admin-read-only">
                <LockKeyhole size={15} aria-hidden="true" /> You may read the configuration, and not
                change it.
              </Text>
            )}
            {groups.map(({ name, title, description }) => (
              <Section key={name} title={title} description={description}>
                {data.can['update'] === true ? (
                  <SettingsForm group={name} title={title} configuration={data} onDirty={onDirty} />
                ) : (
                  <SettingsList settings={settingsOf(data, name)} />
                )}
              </Section>
            ))}
          </div>
        )}
      </QueryView>
    </Page>
  )
}
