import {
  NumberInput,
  Select,
  Switch,
  Text,
  Textarea,
  TextInput,
  UnstyledButton,
} from '@mantine/core'
import type { UseFormReturnType } from '@mantine/form'
import { useState } from 'react'
import { LazyMarkdown } from '../markdown/lazy-markdown.tsx'
import './admin.css'
import { SettingHistory } from './setting-history.tsx'
import type { Setting, SettingValues } from './setting-values.ts'
import { accessLevels, sshAlgorithms } from './setting-words.ts'

interface Props {
  setting: Setting
  form: UseFormReturnType<SettingValues>
}

/** One setting: its field, its default, and who changed it last. */
export function SettingField({ setting, form }: Props) {
  return (
    <div className="setting" data-long={setting.key === 'terms_of_service_body' || undefined}>
      <Field setting={setting} form={form} />
      <SettingHistory setting={setting} />
    </div>
  )
}

function Field({ setting, form }: Props) {
  const { key, title, description } = setting
  const common = { label: title, description }
  switch (key) {
    case 'access_url':
      return (
        <TextInput
          {...common}
          placeholder="https://atelier.example.com"
          type="url"
          inputMode="url"
          autoComplete="off"
          {...form.getInputProps(key)}
        />
      )
    case 'dev_url_host':
      return (
        <TextInput
          {...common}
          placeholder="*.dev.example.com"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          {...form.getInputProps(key)}
        />
      )
    case 'dev_url_max_access':
      return (
        <Select
          {...common}
          data={[...accessLevels]}
          allowDeselect={false}
          {...form.getInputProps(key)}
        />
      )
    case 'registry_allowed_networks':
      return (
        <Textarea
          {...common}
          placeholder={'10.20.0.0/16\nregistry.internal'}
          autosize
          minRows={2}
          maxRows={10}
          spellCheck={false}
          classNames={{ input: 'setting-lines' }}
          {...form.getInputProps(key)}
        />
      )
    case 'hsts_enabled':
    case 'secure_cookie': {
      const overHttp = window.location.protocol === 'http:' && form.values[key] === false
      return (
        <Switch
          label={title}
          description={
            overHttp
              ? `${description}. You opened this page over http: open its https address to turn this on.`
              : description
          }
          disabled={overHttp}
          labelPosition="left"
          {...form.getInputProps(key, { type: 'checkbox' })}
        />
      )
    }
    case 'default_registry_enabled':
    case 'terms_of_service_enabled':
      return (
        <Switch
          {...common}
          labelPosition="left"
          {...form.getInputProps(key, { type: 'checkbox' })}
        />
      )
    case 'session_hours':
      return (
        <NumberInput
          {...common}
          min={1}
          max={2160}
          clampBehavior="none"
          allowDecimal={false}
          allowNegative={false}
          {...form.getInputProps(key)}
        />
      )
    case 'max_workspaces_per_user':
      return (
        <NumberInput
          {...common}
          min={1}
          max={1000}
          clampBehavior="none"
          allowDecimal={false}
          allowNegative={false}
          {...form.getInputProps(key)}
        />
      )
    case 'api_key_max_age_days':
      return (
        <NumberInput
          {...common}
          placeholder="No limit"
          min={1}
          max={3650}
          clampBehavior="none"
          allowDecimal={false}
          allowNegative={false}
          {...form.getInputProps(key)}
        />
      )
    case 'ssh_keygen_algorithm':
      return (
        <Select
          {...common}
          data={[...sshAlgorithms]}
          allowDeselect={false}
          {...form.getInputProps(key)}
        />
      )
    case 'terms_of_service_body':
      return <TermsField setting={setting} form={form} />
  }
}

function TermsField({ setting, form }: Props) {
  const [preview, setPreview] = useState(false)
  const text = String(form.values[setting.key] ?? '')
  return (
    <div>
      <Textarea
        label={setting.title}
        description={setting.description}
        minRows={5}
        maxRows={16}
        {...form.getInputProps(setting.key)}
      />
      {text.trim() !== '' && (
        <>
          <UnstyledButton
            className="setting-preview-toggle"
            aria-expanded={preview}
            onClick={() => {
              setPreview((open) => !open)
            }}
          >
            {preview ? 'Hide the preview' : 'Show a preview'}
          </UnstyledButton>
          {preview && (
            <div className="setting-preview" tabIndex={0} role="region" aria-label="Preview">
              <LazyMarkdown>{text}</LazyMarkdown>
            </div>
          )}
        </>
      )}
      {text.length > 20_000 && (
        <Text size="xs" c="var(--at-bad)">
          {text.length.toLocaleString('en')} of 20,000 characters
        </Text>
      )}
    </div>
  )
}
