import { Button, Textarea } from '@mantine/core'
import type { ReactNode } from 'react'
import { CopyButton } from '../forms/copy-button.tsx'
import { OneTimeSecret } from '../forms/one-time-secret.tsx'
import './dialog.css'
import './first-sign-in.css'

/** A temporary password, shown once, and a message that tells the person what to do with it. */
export function FirstSignIn({
  user,
  password,
  onDone,
  children,
}: {
  user: { readonly name: string; readonly username: string }
  password: string
  onDone: () => void
  /** More buttons, before the last one. */
  children?: ReactNode
}) {
  const message = `Hello ${user.name},

sign in to Atelier at ${window.location.origin}/sign-in

Username: ${user.username}
Temporary password: ${password}

You will be asked to choose a password of your own.`
  return (
    <div className="first-sign-in">
      <OneTimeSecret label="Temporary password" secret={password} />
      <Textarea
        label={`What to tell ${user.name}`}
        description="Send it over a channel that only the two of you read. The password works until it is changed."
        value={message}
        readOnly
        autosize
        rightSection={null}
        classNames={{ input: 'first-sign-in-message' }}
      />
      <div className="dialog-footer">
        <span className="dialog-footer-start">
          <CopyButton text={message} label="Copy message" />
        </span>
        {children}
        <Button onClick={onDone}>Done</Button>
      </div>
    </div>
  )
}
