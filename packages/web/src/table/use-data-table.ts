import { useLocalStorage } from '@mantine/hooks'
import {
  columnVisibilityFeature,
  type ColumnDef,
  type ColumnVisibilityState,
  rowSelectionFeature,
  rowSortingFeature,
  type SortingState,
  tableFeatures,
  useTable,
} from '@tanstack/react-table'
import { useEffect, useMemo } from 'react'
import { announce } from '../shell/announce.tsx'
import type { TableColumn } from './column.ts'
import type { ListState } from './list-state.ts'

interface ColumnMeta {
  readonly label: string
  readonly align: 'end' | undefined
  readonly width: string | undefined
  readonly sort: string | undefined
}

const features = tableFeatures({
  columnVisibilityFeature,
  rowSelectionFeature,
  rowSortingFeature,
  columnMeta: {} as ColumnMeta,
})

export type Features = typeof features

export interface ListPage<Row> {
  readonly items: readonly Row[]
  readonly next?: string | null
  readonly total?: number | null
  readonly totalCapped?: boolean
}

/** What a table needs of a query; a `UseQueryResult` of the contract's page fits. */
export interface ListResult<Row> {
  readonly data: ListPage<Row> | undefined
  readonly error: Error | null
  readonly isPending: boolean
  readonly isPlaceholderData?: boolean
  readonly refetch: () => unknown
}

interface Options<Row> {
  readonly label: string
  readonly storageKey: string
  readonly columns: readonly TableColumn<Row>[]
  readonly result: ListResult<Row>
  readonly list?: ListState
  readonly rowId: (row: Row) => string
}

const none: never[] = []

/** Joins a list of the contract, the address and TanStack Table: the server sorts and pages. */
export function useDataTable<Row>({
  label,
  storageKey,
  columns,
  result,
  list,
  rowId,
}: Options<Row>) {
  const [choice, setChoice] = useLocalStorage<ColumnVisibilityState>({
    key: `atelier-columns-${storageKey}`,
    defaultValue: {},
    getInitialValueInEffect: false,
  })
  const definitions = useMemo(() => columns.map((column) => definitionOf(column)), [columns])
  const sorting = useMemo(() => sortingOf(list?.search.sort, columns), [list?.search.sort, columns])
  const visibility = useMemo(
    () => ({
      ...Object.fromEntries(columns.map((column) => [column.id, column.choice !== 'hidden'])),
      ...choice,
    }),
    [columns, choice],
  )

  const table = useTable({
    features,
    columns: definitions,
    data: (result.data?.items ?? none) as (Row & object)[],
    getRowId: rowId,
    manualSorting: true,
    enableMultiSort: false,
    enableSortingRemoval: false,
    state: { sorting, columnVisibility: visibility },
    onSortingChange: (updater) => {
      const next = typeof updater === 'function' ? updater(sorting) : updater
      list?.change({ sort: sortOf(next, columns) })
    },
    onColumnVisibilityChange: (updater) => {
      setChoice(typeof updater === 'function' ? updater(visibility) : updater)
    },
  })

  useAnnouncedResult(label, result)
  const rows = table.getRowModel().rows
  return {
    table,
    rows,
    // Rows that have left the page are not acted upon.
    selected: rows.filter((row) => row.getIsSelected()).map((row) => row.original),
  }
}

function definitionOf<Row>(column: TableColumn<Row>): ColumnDef<Features, Row & object> {
  return {
    id: column.id,
    header: column.label,
    cell: ({ row }) => column.cell(row.original),
    // Without an accessor TanStack Table would refuse to sort; the value itself is never read.
    accessorFn: () => null,
    enableSorting: column.sort !== undefined,
    enableHiding: column.choice !== undefined,
    sortDescFirst: column.descendingFirst === true,
    meta: { label: column.label, align: column.align, width: column.width, sort: column.sort },
  }
}

/** `-created_at` in the address is the column that sorts by `created_at`, downwards. */
function sortingOf<Row>(
  sort: string | undefined,
  columns: readonly TableColumn<Row>[],
): SortingState {
  if (sort === undefined) return []
  const desc = sort.startsWith('-')
  const column = columns.find((one) => one.sort === sort.replace(/^-/, ''))
  return column === undefined ? [] : [{ id: column.id, desc }]
}

function sortOf<Row>(
  sorting: SortingState,
  columns: readonly TableColumn<Row>[],
): string | undefined {
  const first = sorting[0]
  const sort = columns.find((column) => column.id === first?.id)?.sort
  return sort === undefined ? undefined : `${first?.desc === true ? '-' : ''}${sort}`
}

function useAnnouncedResult<Row>(label: string, result: ListResult<Row>) {
  const ready = !result.isPending && result.isPlaceholderData !== true && result.error === null
  const count = result.data?.total ?? result.data?.items.length ?? 0
  useEffect(() => {
    if (ready) announce(count === 0 ? `No ${label.toLowerCase()}` : `${label}: ${String(count)}`)
  }, [ready, count, label])
}
