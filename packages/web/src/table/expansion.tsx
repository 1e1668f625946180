import { ActionIcon } from '@mantine/core'
import { ChevronRight } from 'lucide-react'
import { useCallback, useState } from 'react'

/** Which rows of a table are open. */
export function useExpansion() {
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set())
  const toggle = useCallback((id: string) => {
    setOpen((before) => {
      const after = new Set(before)
      if (!after.delete(id)) after.add(id)
      return after
    })
  }, [])
  return { isOpen: (id: string) => open.has(id), toggle }
}

/** Opens and closes a row; what it shows comes right after it. */
export function ExpandButton({
  name,
  open,
  onToggle,
}: {
  name: string
  open: boolean
  onToggle: () => void
}) {
  return (
    <ActionIcon
      size="md"
      aria-label={`Details of ${name}`}
      aria-expanded={open}
      onClick={onToggle}
      className="data-table-expander"
    >
      <ChevronRight size={16} aria-hidden="true" />
    </ActionIcon>
  )
}
