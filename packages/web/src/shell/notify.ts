import { notifications } from '@mantine/notifications'
import { problemText } from '../problems/problem-text.ts'

/** Says that something is done: `notifyDone('Ann is suspended.')`. */
export function notifyDone(message: string): void {
  notifications.show({ message, color: 'green', autoClose: 6_000 })
}

/** Says that something failed and why; it stays until it is put away. */
export function notifyFailed(title: string, error: unknown): void {
  notifications.show({ title, message: problemText(error), color: 'red', autoClose: false })
}
