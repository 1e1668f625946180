import type { ReactNode } from 'react'

/** A column of a `DataTable`. */
export interface TableColumn<Row> {
  readonly id: string
  readonly label: string
  readonly cell: (row: Row) => ReactNode
  /** The contract's name of the sort, where the server can sort by this column. */
  readonly sort?: string
  /** Where sorting should begin with the greatest, as for times. */
  readonly descendingFirst?: boolean
  /** `shown` and `hidden` columns can be chosen; without it the column always stands. */
  readonly choice?: 'shown' | 'hidden'
  readonly align?: 'end'
  /** Any CSS width. */
  readonly width?: string
}

/** What a row's menu offers. */
export interface RowAction {
  readonly label: string
  readonly icon?: ReactNode
  readonly danger?: boolean
  /** A sentence that says why it cannot be done now; the action is then shown but refused. */
  readonly refused?: string | undefined
  readonly onSelect: () => void
}
