import { Button, Checkbox, Popover, Stack } from '@mantine/core'
import { Columns3 } from 'lucide-react'
import type { ReactNode } from 'react'
import type { ReactTable } from '@tanstack/react-table'
import type { Features } from './use-data-table.ts'

/** Filters at the start, the choice of columns at the end. */
export function TableToolbar<Row extends object>({
  table,
  filters,
}: {
  table: ReactTable<Features, Row>
  filters: ReactNode
}) {
  const choosable = table.getAllLeafColumns().filter((column) => column.getCanHide())
  if (filters === undefined && choosable.length === 0) return null
  return (
    <div className="table-toolbar">
      <div className="table-filters">{filters}</div>
      {choosable.length > 0 && (
        <Popover position="bottom-end" shadow="md" radius="md" trapFocus returnFocus>
          <Popover.Target>
            <Button
              variant="default"
              leftSection={<Columns3 size={16} aria-hidden="true" />}
              className="table-columns"
            >
              Columns
            </Button>
          </Popover.Target>
          <Popover.Dropdown aria-label="Columns">
            <Stack gap="xs">
              {choosable.map((column) => (
                <Checkbox
                  key={column.id}
                  label={column.columnDef.meta?.label ?? column.id}
                  checked={column.getIsVisible()}
                  onChange={column.getToggleVisibilityHandler()}
                />
              ))}
            </Stack>
          </Popover.Dropdown>
        </Popover>
      )}
    </div>
  )
}
