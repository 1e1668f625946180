import { Button, type ButtonProps } from '@mantine/core'
import { useTimeout } from '@mantine/hooks'
import { Check, Copy } from 'lucide-react'
import { useState } from 'react'
import { announce } from '../shell/announce.tsx'
import { copyText } from './copy.ts'

interface Props extends ButtonProps {
  text: string
  label?: string
  onCopied?: () => void
}

/** Copies a text, and says so in words. */
export function CopyButton({ text, label = 'Copy', onCopied, ...props }: Props) {
  const [state, setState] = useState<'ready' | 'copied' | 'failed'>('ready')
  const { start } = useTimeout(() => {
    setState('ready')
  }, 2_500)

  async function copy() {
    const copied = await copyText(text)
    setState(copied ? 'copied' : 'failed')
    announce(copied ? 'Copied' : 'Copying failed. Select the text and copy it by hand.')
    if (copied) onCopied?.()
    start()
  }

  return (
    <Button
      variant="default"
      {...props}
      leftSection={
        state === 'copied' ? (
          <Check size={15} aria-hidden="true" />
        ) : (
          <Copy size={15} aria-hidden="true" />
        )
      }
      onClick={() => void copy()}
    >
      {state === 'ready' ? label : state === 'copied' ? 'Copied' : 'Select and copy'}
    </Button>
  )
}
