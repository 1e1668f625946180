import { Alert, Button } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo, useState } from 'react'
import { useApiForm } from '../forms/api-form.ts'
import { Form } from '../forms/form.tsx'
import { useClient } from '../session/client.tsx'
import { notifyDone } from '../shell/notify.ts'
import { SettingField } from './setting-field.tsx'
import {
  changesOf,
  type Configuration,
  sameValues,
  schemaOf,
  settingsFrom,
  settingsOf,
  valuesOf,
} from './setting-values.ts'

export const configurationKey = ['configuration'] as const

interface Props {
  group: string
  title: string
  configuration: Configuration
  /** Told whether the card has changes that are not saved. */
  onDirty: (group: string, dirty: boolean) => void
}

/** The form of one group. What somebody else saves meanwhile is neither lost nor overwritten. */
export function SettingsForm({ group, title, configuration, onDirty }: Props) {
  const client = useClient()
  const queryClient = useQueryClient()
  /** What the fields started from. */
  const [base, setBase] = useState(configuration)
  const list = settingsOf(base, group)
  const current = settingsOf(configuration, group)
  const schema = useMemo(() => schemaOf(list), [list])
  const form = useApiForm({
    initialValues: valuesOf(list),
    schema,
    toBody: settingsFrom,
    send: async (values) => {
      const body = changesOf(values, list)
      if (Object.keys(body).length === 0) return undefined
      try {
        return await client.configuration.update({
          body,
          headers: { 'if-match': `"${base.version}"` },
        })
      } catch (error) {
        void queryClient.invalidateQueries({ queryKey: configurationKey })
        throw error
      }
    },
    onDone: (saved) => {
      if (saved === undefined) {
        notifyDone('There was nothing to save.')
        return
      }
      start(saved)
      queryClient.setQueryData(configurationKey, saved)
      void queryClient.invalidateQueries({ queryKey: ['terms-of-service'] })
      notifyDone(`${title}: saved, and in force.`)
    },
  })
  const dirty = form.form.isDirty()
  const overtaken = !sameValues(list, current)

  function start(from: Configuration) {
    setBase(from)
    const values = valuesOf(settingsOf(from, group))
    form.form.setInitialValues(values)
    form.form.setValues(values)
    form.form.resetDirty(values)
  }

  useEffect(() => {
    onDirty(group, dirty)
    return () => {
      onDirty(group, false)
    }
  }, [group, dirty, onDirty])

  // Only news of the server count: they are taken over unless that would lose what was typed.
  useEffect(() => {
    if (base === configuration) return
    if (!overtaken) setBase(configuration)
    else if (!dirty) start(configuration)
  }, [configuration])

  return (
    <Form form={form} submitLabel={`Save ${title.toLowerCase()}`}>
      {overtaken && dirty && (
        <Alert
          color="yellow"
          {...(form.problems === null
            ? { title: 'Somebody changed these settings meanwhile' }
            : {})}
        >
          Your changes are not saved. Load the new values, and make your changes again.
          <br />
          <Button
            mt="sm"
            variant="default"
            onClick={() => {
              start(configuration)
            }}
          >
            Load the new values
          </Button>
        </Alert>
      )}
      {current.map((setting) => (
        <SettingField key={setting.key} setting={setting} form={form.form} />
      ))}
    </Form>
  )
}
