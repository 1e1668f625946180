import type { WebSocket } from 'ws'
import type { Platform } from '../platform/platform.ts'
import * as builds from './build-store.ts'
import { presentLine } from './present.ts'
import type { WorkspaceRecord } from './workspace.ts'

/** Lines in memory at once, however long a log is and however slowly somebody reads. */
const linesAtOnce = 100
/** What a signal that got lost would have told is found so much later. */
const pollMilliseconds = 5_000
const normalClosure = 1000

/**
 * Sends the log of the newest build from its beginning until it is done, and then closes. Every line is
 * read from the database by its number, so none comes twice and none is lost between past and present.
 */
export function watchLog(
  platform: Platform,
  workspace: Pick<WorkspaceRecord, 'id' | 'build_id'>,
  socket: WebSocket,
): void {
  const { db, signals, log } = platform
  const { id, build_id: buildId } = workspace
  if (buildId === null) {
    socket.close(normalClosure, 'never built')
    return
  }
  let sent = -1
  let reading = false
  let again = false
  const isOpen = (): boolean => socket.readyState === socket.OPEN

  const send = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      socket.send(text, (error) => {
        if (error == null) resolve()
        else reject(error)
      })
    })
  /** Sends what there is; true when that was the end. */
  const sendAll = async (): Promise<boolean> => {
    while (isOpen()) {
      const lines = await builds.readLog(db, buildId, sent, linesAtOnce)
      for (const line of lines) {
        // Not before the one before it has left: whoever reads slowly is waited for.
        await send(JSON.stringify(presentLine(line, id)))
        sent = line.sequence
        if (line.type === 'done') return true
      }
      if (lines.length < linesAtOnce) return false
    }
    return true
  }
  const advance = async (): Promise<void> => {
    again = true
    if (reading) return
    reading = true
    try {
      while (again) {
        again = false
        if (await sendAll()) {
          stop()
          socket.close(normalClosure)
          return
        }
      }
    } catch (error) {
      if (isOpen()) log.warn({ err: error, workspace: id }, 'workspaces.watch_failed')
    } finally {
      reading = false
    }
  }
  const look = (): void => void advance()
  const timer = setInterval(look, pollMilliseconds)
  const deaf = [
    signals.on('workspaces', ({ ids }) => {
      if (ids.includes(id)) look()
    }),
    signals.onDoubt(look),
  ]
  const stop = (): void => {
    clearInterval(timer)
    for (const hush of deaf) hush()
  }
  socket.on('close', stop)
  look()
}
