import { Tooltip, VisuallyHidden } from '@mantine/core'
import { cloneElement, type ReactElement, type SyntheticEvent, useId } from 'react'

interface ControlProps {
  onClick?: unknown
  'aria-disabled'?: boolean | 'true' | 'false'
  'aria-describedby'?: string
  'data-disabled'?: boolean
}

/**
 * Puts a reason on a control that may not be used: it looks disabled and does nothing, yet keeps the
 * focus, so that everybody can find out why. Without a reason the control is left as it is.
 */
export function RefusedAction({
  reason,
  children,
}: {
  reason: string | null | undefined
  children: ReactElement<ControlProps>
}) {
  const id = useId()
  if (reason === null || reason === undefined) return children
  const refused = cloneElement(children, {
    'aria-disabled': true,
    'data-disabled': true,
    'aria-describedby': id,
    onClick: (event: SyntheticEvent) => {
      event.preventDefault()
      event.stopPropagation()
    },
  })
  return (
    <>
      <Tooltip label={reason} events={{ hover: true, focus: true, touch: true }}>
        {refused}
      </Tooltip>
      <VisuallyHidden id={id}>{reason}</VisuallyHidden>
    </>
  )
}
