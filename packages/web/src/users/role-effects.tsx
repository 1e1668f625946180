import type { Client } from '@atelier/api'
import { Text } from '@mantine/core'
import { KeyRound, Minus, MonitorSmartphone, Plus } from 'lucide-react'
import type { ReactNode } from 'react'
import { RoleBadge } from '../roles/role-badge.tsx'
import { RightsList } from './marks.tsx'
import './role-effects.css'

export type Preview = Awaited<ReturnType<Client['users']['rolePreview']>>

/** From one role to another, drawn. */
export function RoleStep({ before, after }: { before: string; after: string }) {
  return (
    <span className="role-step">
      <RoleBadge role={before} />
      <span aria-hidden="true">→</span>
      <span className="role-step-word">to</span>
      <RoleBadge role={after} />
    </span>
  )
}

/** What a person gains and loses by another role: rights, API keys, sessions. */
export function RoleEffects({ preview, sessions }: { preview: Preview; sessions?: ReactNode }) {
  const { gained, lost, keys } = preview
  return (
    <div className="effects">
      {lost.length > 0 && (
        <section className="effects-part" data-tone="lost" aria-label="Loses">
          <h3 className="effects-title">
            <Minus size={15} aria-hidden="true" /> Loses {rights(lost.length)}
          </h3>
          <RightsList rights={lost} label="Rights lost" />
        </section>
      )}
      {gained.length > 0 && (
        <section className="effects-part" data-tone="gained" aria-label="Gains">
          <h3 className="effects-title">
            <Plus size={15} aria-hidden="true" /> Gains {rights(gained.length)}
          </h3>
          <RightsList rights={gained} label="Rights gained" />
        </section>
      )}
      {gained.length + lost.length === 0 && <Text c="dimmed">No right is gained or lost.</Text>}
      <div
        className="effects-pair"
        data-wide={keys.some((key) => key.loses.length > 0) || sessions !== undefined || undefined}
      >
        <section className="effects-part" aria-label="API keys">
          <h3 className="effects-title">
            <KeyRound size={15} aria-hidden="true" /> {countOf(keys.length, 'API key')}
          </h3>
          <KeyEffects keys={keys} />
        </section>
        <section className="effects-part" aria-label="Sessions">
          <h3 className="effects-title">
            <MonitorSmartphone size={15} aria-hidden="true" />{' '}
            {countOf(preview.sessions, 'open session')}
          </h3>
          {sessions ?? (
            <Text size="sm" c="dimmed">
              {preview.sessions === 0
                ? 'Nobody is signed in to this account.'
                : 'The new role counts at once, also in pages that are open. Nobody is signed out.'}
            </Text>
          )}
        </section>
      </div>
    </div>
  )
}

function KeyEffects({ keys }: { keys: Preview['keys'] }) {
  const losing = keys.filter((key) => key.loses.length > 0)
  const others = keys.length - losing.length
  return (
    <>
      {losing.length > 0 && (
        <ul className="effects-keys">
          {losing.map((key) => (
            <li key={key.id}>
              <strong>{key.name}</strong> loses {key.scopes === null ? 'what it had of ' : ''}
              {key.loses.map((scope) => (
                <code key={scope}>{scope}</code>
              ))}
            </li>
          ))}
        </ul>
      )}
      <Text size="sm" c="dimmed">
        {keys.length === 0
          ? 'No program acts for this person.'
          : losing.length === 0
            ? 'A key never holds more than its owner; none of them loses anything.'
            : others === 0
              ? 'A key never holds more than its owner.'
              : `${countOf(others, 'other key')} lose${others === 1 ? 's' : ''} nothing.`}
      </Text>
    </>
  )
}

/** `1 API key`, `3 API keys`, `No API keys`. */
export function countOf(count: number, noun: string): string {
  return `${count === 0 ? 'No' : String(count)} ${noun}${count === 1 ? '' : 's'}`
}

function rights(count: number): string {
  return `${String(count)} right${count === 1 ? '' : 's'}`
}
