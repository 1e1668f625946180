import type { KeyboardEvent } from 'react'

const steps: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
}

/**
 * Moves the focus among the marks of a table: left and right to the next mark of the row, up and
 * down to the nearest one of the next row that has any. Marks say where they are: `row-column`.
 */
export function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const step = steps[event.key]
  const from = placeOf(event.target)
  if (step === undefined || from === undefined) return
  event.preventDefault()
  const [down, right] = step
  const marks = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-place]')]
  const ahead = marks.flatMap((element) => {
    const place = placeOf(element)
    if (place === undefined) return []
    const rows = (place.row - from.row) * down
    const columns = (place.column - from.column) * right
    if (down === 0 ? place.row !== from.row || columns <= 0 : rows <= 0) return []
    const aside = Math.abs(place.column - from.column)
    return [{ element, distance: down === 0 ? columns : rows * 1000 + aside }]
  })
  ahead.sort((a, b) => a.distance - b.distance)
  ahead[0]?.element.focus()
}

function placeOf(target: EventTarget): { row: number; column: number } | undefined {
  const place = target instanceof HTMLElement ? target.dataset['place'] : undefined
  if (place === undefined) return undefined
  const [row = 0, column = 0] = place.split('-').map(Number)
  return { row, column }
}
