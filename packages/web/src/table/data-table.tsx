import { Checkbox, Table, VisuallyHidden } from '@mantine/core'
import { Fragment, type ReactNode } from 'react'
import { BulkBar } from './bulk-bar.tsx'
import type { RowAction, TableColumn } from './column.ts'
import './data-table.css'
import { ExpandButton, useExpansion } from './expansion.tsx'
import { HeaderCell } from './header-cell.tsx'
import type { ListState } from './list-state.ts'
import { Pager } from './pager.tsx'
import { RowMenu } from './row-menu.tsx'
import { SkeletonRows } from './skeleton-rows.tsx'
import { type EmptyText, TableNotice } from './table-notice.tsx'
import { TableToolbar } from './table-toolbar.tsx'
import { type ListPage, type ListResult, useDataTable } from './use-data-table.ts'
import { useOverflow } from './use-overflow.ts'

export type { ListPage, ListResult }

export interface DataTableProps<Row> {
  /** What the rows are, in the plural: `Users`. The table's accessible name. */
  label: string
  /** Under which name the chosen columns are remembered. */
  storageKey: string
  columns: readonly TableColumn<Row>[]
  /** The query of the open page. */
  result: ListResult<Row>
  /** From `useListState`; left out for short lists that are not paged or sorted. */
  list?: ListState
  rowId: (row: Row) => string
  /** How the row is called in `Select …` and `Actions for …`. */
  rowName: (row: Row) => string
  rowActions?: (row: Row) => readonly RowAction[]
  /** Buttons for the selected rows; giving it makes rows selectable. */
  bulkActions?: (rows: readonly Row[], clear: () => void) => ReactNode
  /** What a row shows below itself once it is opened; giving it makes rows open and close. */
  expansion?: (row: Row) => ReactNode
  /** Search field and filters, above the table. */
  filters?: ReactNode
  /** Shown when there is nothing at all. */
  empty: EmptyText
}

/** A list of the contract as a table, with every state that it may be in. */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { label, result, list, rowActions, bulkActions, expansion, empty } = props
  const { table, rows, selected } = useDataTable(props)
  const overflow = useOverflow()
  const opened = useExpansion()
  const selectable = bulkActions !== undefined
  const columnCount =
    table.getVisibleLeafColumns().length +
    (selectable ? 1 : 0) +
    (expansion === undefined ? 0 : 1) +
    (rowActions === undefined ? 0 : 1)
  const hasRows = rows.length > 0 && result.error === null

  return (
    <div className="data-table" data-busy={result.isPlaceholderData === true || undefined}>
      <TableToolbar table={table} filters={props.filters} />
      {result.isPending || hasRows ? (
        <div
          ref={overflow.ref}
          className="data-table-scroll"
          data-expands={expansion !== undefined || undefined}
          {...(overflow.scrolls
            ? { 'data-scrolls': true, tabIndex: 0, role: 'region', 'aria-label': label }
            : {})}
        >
          <Table aria-busy={result.isPending} verticalSpacing={9} horizontalSpacing="md">
            <Table.Caption className="data-table-caption">{label}</Table.Caption>
            <Table.Thead>
              <Table.Tr>
                {selectable && (
                  <Table.Th className="data-table-check">
                    <Checkbox
                      aria-label={`Select all ${label.toLowerCase()} on this page`}
                      checked={table.getIsAllRowsSelected()}
                      indeterminate={table.getIsSomeRowsSelected() && !table.getIsAllRowsSelected()}
                      onChange={table.getToggleAllRowsSelectedHandler()}
                      disabled={!hasRows}
                    />
                  </Table.Th>
                )}
                {expansion !== undefined && (
                  <Table.Th className="data-table-expand">
                    <VisuallyHidden>Details</VisuallyHidden>
                  </Table.Th>
                )}
                {table.getVisibleLeafColumns().map((column) => (
                  <HeaderCell key={column.id} column={column} />
                ))}
                {rowActions !== undefined && (
                  <Table.Th className="data-table-menu">
                    <VisuallyHidden>Actions</VisuallyHidden>
                  </Table.Th>
                )}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {!hasRows && <SkeletonRows columns={columnCount} />}
              {hasRows &&
                rows.map((row) => (
                  <Fragment key={row.id}>
                    <Table.Tr
                      data-selected={row.getIsSelected() || undefined}
                      data-open={opened.isOpen(row.id) || undefined}
                    >
                      {selectable && (
                        <Table.Td className="data-table-check">
                          <Checkbox
                            aria-label={`Select ${props.rowName(row.original)}`}
                            checked={row.getIsSelected()}
                            onChange={row.getToggleSelectedHandler()}
                          />
                        </Table.Td>
                      )}
                      {expansion !== undefined && (
                        <Table.Td className="data-table-expand">
                          <ExpandButton
                            name={props.rowName(row.original)}
                            open={opened.isOpen(row.id)}
                            onToggle={() => {
                              opened.toggle(row.id)
                            }}
                          />
                        </Table.Td>
                      )}
                      {row.getVisibleCells().map((cell) => (
                        <Table.Td key={cell.id} ta={cell.column.columnDef.meta?.align}>
                          <table.FlexRender cell={cell} />
                        </Table.Td>
                      ))}
                      {rowActions !== undefined && (
                        <Table.Td className="data-table-menu">
                          <RowMenu
                            name={props.rowName(row.original)}
                            actions={rowActions(row.original)}
                          />
                        </Table.Td>
                      )}
                    </Table.Tr>
                    {expansion !== undefined && opened.isOpen(row.id) && (
                      <Table.Tr className="data-table-expansion">
                        <Table.Td colSpan={columnCount}>
                          <div className="data-table-expansion-content">
                            {expansion(row.original)}
                          </div>
                        </Table.Td>
                      </Table.Tr>
                    )}
                  </Fragment>
                ))}
            </Table.Tbody>
          </Table>
        </div>
      ) : (
        <TableNotice label={label} result={result} list={list} empty={empty} />
      )}
      {selectable && selected.length > 0 && (
        <BulkBar
          count={selected.length}
          onClear={() => {
            table.resetRowSelection(true)
          }}
        >
          {bulkActions(selected, () => {
            table.resetRowSelection(true)
          })}
        </BulkBar>
      )}
      {list !== undefined && hasRows && (
        <Pager label={label} list={list} page={result.data} shown={rows.length} />
      )}
    </div>
  )
}
