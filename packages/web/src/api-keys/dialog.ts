import { useMediaQuery } from '@mantine/hooks'

/** A dialog that shows a secret closes by its button alone, so that nobody loses it by mistake. */
export const guarded = {
  withCloseButton: false,
  closeOnEscape: false,
  closeOnClickOutside: false,
} as const

/** A long form takes the whole of a small screen. */
export function useLargeDialog() {
  const small = useMediaQuery('(width < 40rem)', false, { getInitialValueInEffect: false })
  return { size: 'lg', fullScreen: small } as const
}
