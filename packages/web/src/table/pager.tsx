import { Button, Group, NativeSelect, Text } from '@mantine/core'
import { ChevronLeft, ChevronRight } from 'lucide-react'
import { defaultLimit, type ListState } from './list-state.ts'
import type { ListPage } from './use-data-table.ts'

const limits = ['25', '50', '100', '200']
const number = new Intl.NumberFormat('en')

/** Where in the list one is, how many rows a page holds, and the way to the next. */
export function Pager<Row>({
  label,
  list,
  page,
  shown,
}: {
  label: string
  list: ListState
  page: ListPage<Row> | undefined
  shown: number
}) {
  const next = page?.next ?? null
  const limit = list.search.limit ?? defaultLimit
  const first = (list.page - 1) * limit + 1
  return (
    <nav className="pager" aria-label={`Pages of ${label.toLowerCase()}`}>
      <Text c="dimmed" size="sm" className="at-number">
        {number.format(first)}–{number.format(first + shown - 1)}
        {page?.total !== undefined && page.total !== null && (
          <>
            {' of '}
            {page.totalCapped === true ? 'more than ' : ''}
            {number.format(page.total)}
          </>
        )}
      </Text>
      <Group gap="xs" className="pager-controls">
        <NativeSelect
          aria-label="Rows on a page"
          data={limits.map((value) => ({ value, label: `${value} rows` }))}
          value={String(limit)}
          onChange={(event) => {
            list.change({ limit: Number(event.currentTarget.value) })
          }}
        />
        <Button
          variant="default"
          leftSection={<ChevronLeft size={16} aria-hidden="true" />}
          disabled={list.page === 1}
          onClick={list.previous}
        >
          Previous
        </Button>
        <Button
          variant="default"
          rightSection={<ChevronRight size={16} aria-hidden="true" />}
          disabled={next === null}
          onClick={() => {
            if (next !== null) list.next(next)
          }}
        >
          Next
        </Button>
      </Group>
    </nav>
  )
}
