import { addressOf, BuildLogLine, endpoints, type Workspace } from '@atelier/api'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useClient } from '../session/client.tsx'

export interface ShownLog {
  readonly lines: readonly BuildLogLine[]
  /** `live`: more may come; `lost`: the server is not heard, and asked again; `still`: all is there. */
  readonly state: 'live' | 'lost' | 'still'
  /** Whether the lines that there are now have been read. */
  readonly ready: boolean
  readonly error: Error | null
}

/** The log of the newest build: as it grows while the build goes on, else as it is kept. */
export function useBuildLog(workspace: Workspace): ShownLog {
  const client = useClient()
  const { build, id } = workspace
  const growing = build?.status === 'queued' || build?.status === 'running'
  const live = useLiveLog(id, build?.id, growing)
  const kept = useQuery({
    queryKey: ['workspaces', id, 'log', build?.id],
    queryFn: ({ signal }) => client.workspaces.log({ params: { workspace: id }, signal }),
    enabled: build !== null && !growing,
    staleTime: Infinity,
  })
  if (growing) return { ...live, ready: live.lines.length > 0, error: null }
  const lines = kept.data ?? live.lines
  return {
    lines,
    state: 'still',
    ready: build === null || !kept.isPending,
    error: kept.data === undefined ? kept.error : null,
  }
}

const shortestWait = 500
const longestWait = 10_000

function useLiveLog(workspace: string, build: string | undefined, wanted: boolean) {
  const [log, setLog] = useState<Pick<ShownLog, 'lines' | 'state'>>({ lines: [], state: 'live' })

  useEffect(() => {
    if (!wanted || build === undefined) return
    let socket: WebSocket | undefined
    let retry: ReturnType<typeof setTimeout> | undefined
    let wait = shortestWait
    let left = false
    setLog({ lines: [], state: 'live' })

    function connect() {
      const path = addressOf(endpoints.workspaces.watchLog, { params: { workspace } })
      socket = new WebSocket(path)
      // The log comes from its beginning each time.
      let lines: readonly BuildLogLine[] = []
      let done = false
      let frame: number | undefined
      const show = () => {
        frame = undefined
        setLog({ lines, state: done ? 'still' : 'live' })
      }
      socket.addEventListener('message', ({ data }: MessageEvent<string>) => {
        const line = BuildLogLine.safeParse(JSON.parse(data))
        if (!line.success || line.data.build_id !== build) return
        wait = shortestWait
        lines = [...lines, line.data]
        done = line.data.type === 'done'
        frame ??= requestAnimationFrame(show)
      })
      socket.addEventListener('close', () => {
        if (left || done) return
        setLog((last) => ({ ...last, state: 'lost' }))
        retry = setTimeout(connect, wait)
        wait = Math.min(wait * 2, longestWait)
      })
    }
    connect()
    return () => {
      left = true
      clearTimeout(retry)
      socket?.close()
    }
  }, [workspace, build, wanted])

  return log
}
