import { Time } from '../time/time.tsx'

/** A sentence about who would notice: a key in use has programs behind it. */
export function LastUse({ at }: { at: string | null }) {
  if (at === null) return <>It has never been used.</>
  return (
    <>
      It was last used <Time value={at} />.
    </>
  )
}
