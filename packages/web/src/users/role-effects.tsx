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
export function RoleEffects({
  preview,
  sessions,
  folded = false,
}: {
  preview: Preview
  /** Stands in for what is said of the sessions. */
  sessions?: ReactNode
  /** Long lists of rights open on demand. */
  folded?: boolean
}) {
  const { gained, lost, keys, keys_shown: keysShown } = preview
  return (
    <div className="effects">
      <Rights tone="lost" rights={lost} folded={folded} />
      <Rights tone="gained" rights={gained} folded={folded} />
      {gained.length + lost.length === 0 && <Text c="dimmed">No right is gained or lost.</Text>}
      <div
        className="effects-pair"
        data-wide={keys.some((key) => key.loses.length > 0) || sessions !== undefined || undefined}
      >
        <section className="effects-part" aria-label="API keys">
          <h3 className="effects-title">
            <KeyRound size={15} aria-hidden="true" />{' '}
            {keysShown ? countOf(keys.length, 'API key') : 'API keys'}
          </h3>
          {keysShown ? (
            <KeyEffects keys={keys} />
          ) : (
            <Text size="sm" c="dimmed">
              Only they themselves and the site admin see them. A key never holds more than its
              owner.
            </Text>
          )}
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

const tones = {
  lost: { verb: 'Loses', icon: Minus, label: 'Rights lost' },
  gained: { verb: 'Gains', icon: Plus, label: 'Rights gained' },
}

function Rights({
  tone,
  rights,
  folded,
}: {
  tone: 'lost' | 'gained'
  rights: Preview['gained']
  folded: boolean
}) {
  if (rights.length === 0) return null
  const { verb, icon: Icon, label } = tones[tone]
  const title = (
    <>
      <Icon size={15} aria-hidden="true" /> {verb} {countOf(rights.length, 'right')}
    </>
  )
  if (folded && rights.length > foldedFrom) {
    return (
      <details className="effects-part" data-tone={tone}>
        <summary className="effects-title">{title}</summary>
        <RightsList rights={rights} label={label} />
      </details>
    )
  }
  return (
    <section className="effects-part" data-tone={tone} aria-label={verb}>
      <h3 className="effects-title">{title}</h3>
      <RightsList rights={rights} label={label} />
    </section>
  )
}

const foldedFrom = 8

function KeyEffects({ keys }: { keys: Preview['keys'] }) {
  const losing = keys.filter((key) => key.loses.length > 0)
  const others = keys.length - losing.length
  return (
    <>
      {losing.length > 0 && (
        <ul className="effects-keys">
          {losing.map((key) => (
            <li key={key.id}>
              <strong>{key.name}</strong>{' '}
              {key.scopes === null ? (
                'loses all of the above: it may do whatever its owner may'
              ) : (
                <>
                  loses{' '}
                  {key.loses.map((scope) => (
                    <code key={scope}>{scope}</code>
                  ))}
                </>
              )}
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
