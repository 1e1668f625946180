import { contrastRatio, legibleTextColor, minimumContrast } from '@atelier/api'
import { Fault, invalid } from '../faults.ts'

export interface Strip {
  readonly kind: 'header' | 'footer' | 'message'
  readonly background_color: string
  readonly text_color: string
  readonly dismissible: boolean
  readonly starts_at: string | null
  readonly ends_at: string | null
}

/** Throws what is wrong with a banner as it would be kept. */
export function demandGoodBanner(banner: Strip): void {
  demandContrast(banner.background_color, banner.text_color)
  if (banner.dismissible && banner.kind !== 'message') {
    throw invalid('dismissible', 'Only a message can be dismissed: a header or footer always stays')
  }
  const { starts_at: start, ends_at: end } = banner
  if (start !== null && end !== null && Date.parse(end) <= Date.parse(start)) {
    throw invalid('ends_at', 'Choose an end after the start')
  }
}

/** A moment of the contract as it is kept: UTC with milliseconds. */
export function momentOf(field: string, text: string): string {
  const moment = new Date(text)
  const year = moment.getUTCFullYear()
  // The contract's pattern lets through days that do not exist, and years that Postgres cannot hold.
  if (Number.isNaN(year) || year < 1970 || year > 9999) {
    throw invalid(field, 'Enter a time that exists, such as 2030-01-31T09:00:00Z')
  }
  return moment.toISOString()
}

function demandContrast(background: string, text: string): void {
  const ratio = contrastRatio(background, text)
  if (ratio >= minimumContrast) return
  const fitting = legibleTextColor(background, text)
  const better = round(contrastRatio(background, fitting))
  throw new Fault(
    'banner.contrast',
    `Text and background differ by a contrast of ${round(ratio)} to 1, and at least ` +
      `${minimumContrast} to 1 is needed: ${fitting === '#ffffff' ? 'white' : 'black'} text ` +
      `(${fitting}) would reach ${better} to 1.`,
    {
      errors: [
        {
          path: 'text_color',
          message: `Too little contrast (${round(ratio)} to 1): use ${fitting}`,
        },
      ],
      details: { contrast: round(ratio), minimum: minimumContrast, fitting_text_color: fitting },
    },
  )
}

/** Rounded down, so that a contrast that is too low never reads as enough. */
function round(ratio: number): number {
  return Math.floor(ratio * 100) / 100
}
