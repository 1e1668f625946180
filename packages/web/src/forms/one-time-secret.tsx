import { Text } from '@mantine/core'
import { type ReactNode, useId } from 'react'
import { CopyButton } from './copy-button.tsx'
import './one-time-secret.css'

interface Props {
  /** What it is: `Temporary password`, `API key`. */
  label: string
  secret: string
  /** What to do with it. */
  children?: ReactNode
  onCopied?: () => void
}

/** Shows a secret that the server answers only once. */
export function OneTimeSecret({ label, secret, children, onCopied }: Props) {
  const id = useId()
  return (
    <div className="secret" role="group" aria-labelledby={id}>
      <Text fw={550} id={id}>
        {label}
      </Text>
      <div className="secret-row">
        <code className="secret-text">{secret}</code>
        <CopyButton text={secret} label="Copy" {...(onCopied === undefined ? {} : { onCopied })} />
      </div>
      <Text size="sm">Copy it now. You will not see it again.</Text>
      {children}
    </div>
  )
}
