import { Table, UnstyledButton } from '@mantine/core'
import type { Column } from '@tanstack/react-table'
import { ArrowDown, ArrowUp, ChevronsUpDown } from 'lucide-react'
import type { Features } from './use-data-table.ts'

/** A column's heading: a button where the server can sort by it. */
export function HeaderCell<Row extends object>({ column }: { column: Column<Features, Row> }) {
  const { label = '', align, width, sort } = column.columnDef.meta ?? {}
  const style = width === undefined ? {} : { style: { width } }
  if (sort === undefined) {
    return (
      <Table.Th scope="col" ta={align} {...style}>
        {label}
      </Table.Th>
    )
  }
  const sorted = column.getIsSorted()
  const Icon = sorted === false ? ChevronsUpDown : sorted === 'asc' ? ArrowUp : ArrowDown
  return (
    <Table.Th
      scope="col"
      ta={align}
      {...style}
      {...(sorted === false
        ? {}
        : { 'aria-sort': sorted === 'asc' ? ('ascending' as const) : ('descending' as const) })}
    >
      <UnstyledButton
        className="data-table-sort"
        data-sorted={sorted || undefined}
        onClick={column.getToggleSortingHandler()}
      >
        {label}
        <Icon size={13} aria-hidden="true" />
      </UnstyledButton>
    </Table.Th>
  )
}
