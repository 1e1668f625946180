import { CloseButton, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { Search } from 'lucide-react'
import { useEffect, useState } from 'react'
import { pageSearchProps } from '../shell/keyboard.ts'

interface Props {
  /** What is searched: `Search users by name, username or e-mail`. */
  label: string
  value: string | undefined
  onChange: (value: string | undefined) => void
}

/** The page's search, as one types; `/` leads to it. */
export function SearchField({ label, value = '', onChange }: Props) {
  const [text, setText] = useState(value)
  const [known, setKnown] = useState(value)
  const search = useDebouncedCallback((next: string) => {
    const trimmed = next.trim()
    onChange(trimmed === '' ? undefined : trimmed)
  }, 250)

  // The address may change from elsewhere: back, a link, or "Clear filters".
  if (value !== known) {
    setKnown(value)
    if (text.trim() !== value) setText(value)
  }

  useEffect(() => {
    return () => {
      search.cancel()
    }
  }, [search])

  function change(next: string) {
    setText(next)
    search(next)
  }

  return (
    <TextInput
      type="search"
      className="search-field"
      aria-label={label}
      placeholder={label}
      autoComplete="off"
      spellCheck={false}
      maxLength={200}
      leftSection={<Search size={16} aria-hidden="true" />}
      rightSection={
        text === '' ? null : (
          <CloseButton
            size="sm"
            aria-label="Clear the search"
            onClick={() => {
              change('')
              search.flush()
            }}
          />
        )
      }
      value={text}
      onChange={(event) => {
        change(event.currentTarget.value)
      }}
      {...pageSearchProps}
    />
  )
}
