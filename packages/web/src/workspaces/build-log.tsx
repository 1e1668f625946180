import type { Workspace } from '@atelier/api'
import { Loader, Skeleton, Stack, Text, VisuallyHidden } from '@mantine/core'
import { Check, ChevronRight, CircleAlert } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { ProblemView } from '../problems/problem-view.tsx'
import { Time } from '../time/time.tsx'
import './build-log.css'
import { type Stage, stagesOf } from './log-stages.ts'
import { useBuildLog } from './use-build-log.ts'
import { durationText } from './words.ts'

const kinds = { start: 'Build', stop: 'Turning off', delete: 'Deletion' } as const

/** The newest build, stage by stage; the end is followed until somebody scrolls up. */
export function BuildLog({ workspace }: { workspace: Workspace }) {
  const { lines, state, ready, error } = useBuildLog(workspace)
  const { stages } = stagesOf(lines)
  const follow = useFollow(lines.length)
  const { build } = workspace
  if (error !== null) return <ProblemView error={error} />
  if (build === null) {
    return (
      <Text className="build-log-note" c="dimmed">
        It has not been built yet.
      </Text>
    )
  }
  return (
    <div className="build-log">
      <p className="build-log-about">
        {kinds[build.kind]} by {build.initiator?.username ?? 'the platform'}
        {build.reason === '' ? '' : ` (${build.reason})`}, <Time value={build.created_at} />
        {build.status === 'canceled' && ', canceled'}
      </p>
      <div role="status">
        {state === 'lost' && (
          <p className="build-log-lost">
            The server does not answer. The log goes on when it does.
          </p>
        )}
      </div>
      {!ready && (
        <Stack gap="sm" role="status" aria-label="Loading">
          <Skeleton height={18} width="40%" />
          <Skeleton height={18} width="55%" />
        </Stack>
      )}
      <ol
        className="build-log-stages"
        ref={follow.ref}
        onScroll={follow.onScroll}
        tabIndex={0}
        aria-label="Stages of the build"
      >
        {stages.map((stage, index) => (
          <StageItem
            key={stage.id}
            stage={stage}
            goesOn={state !== 'still' && index === stages.length - 1}
          />
        ))}
      </ol>
    </div>
  )
}

function StageItem({ stage, goesOn }: { stage: Stage; goesOn: boolean }) {
  // Open while it matters: what goes on and what failed; what somebody has folded stays so.
  const [chosen, setChosen] = useState<boolean>()
  const open = chosen ?? (stage.failed || goesOn)
  const now = useSecond(goesOn)
  const took = durationText((stage.endedAt ?? (goesOn ? now : stage.startedAt)) - stage.startedAt)
  const title = (
    <>
      <StageSign stage={stage} goesOn={goesOn} />
      <span className="build-log-title">{stage.title}</span>
      <span className="build-log-took at-number">{took}</span>
    </>
  )
  if (stage.lines.length === 0) {
    return (
      <li className="build-log-stage">
        <div className="build-log-head">
          <span className="build-log-fold" />
          {title}
        </div>
      </li>
    )
  }
  return (
    <li className="build-log-stage">
      <button
        type="button"
        className="build-log-head"
        aria-expanded={open}
        onClick={() => {
          setChosen(!open)
        }}
      >
        <ChevronRight size={15} aria-hidden="true" className="build-log-fold" />
        {title}
      </button>
      {open && (
        <div className="build-log-lines">
          {stage.lines.map((line) => (
            <div key={line.id} data-error={line.error || undefined}>
              {line.error && <VisuallyHidden>Error: </VisuallyHidden>}
              {line.text}
            </div>
          ))}
        </div>
      )}
    </li>
  )
}

function StageSign({ stage, goesOn }: { stage: Stage; goesOn: boolean }) {
  if (stage.failed) {
    return (
      <span className="build-log-sign" data-failed>
        <CircleAlert size={16} aria-hidden="true" />
        <VisuallyHidden>Failed: </VisuallyHidden>
      </span>
    )
  }
  if (goesOn) {
    return (
      <span className="build-log-sign">
        <Loader size={14} aria-hidden="true" />
        <VisuallyHidden>Under way: </VisuallyHidden>
      </span>
    )
  }
  return (
    <span className="build-log-sign" data-done>
      <Check size={16} aria-hidden="true" />
      <VisuallyHidden>Done: </VisuallyHidden>
    </span>
  )
}

/** Keeps the end of a growing list in view, unless somebody has scrolled away from it. */
function useFollow(length: number) {
  const ref = useRef<HTMLOListElement>(null)
  const follows = useRef(true)
  useEffect(() => {
    const list = ref.current
    if (list !== null && follows.current) list.scrollTop = list.scrollHeight
  }, [length])
  return {
    ref,
    onScroll: () => {
      const list = ref.current
      if (list === null) return
      follows.current = list.scrollHeight - list.scrollTop - list.clientHeight < 24
    },
  }
}

/** The present, each second while it is of use. */
function useSecond(wanted: boolean): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    if (!wanted) return
    const timer = setInterval(() => {
      setNow(Date.now())
    }, 1000)
    return () => {
      clearInterval(timer)
    }
  }, [wanted])
  return now
}
