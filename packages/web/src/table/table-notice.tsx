import { Button, Text } from '@mantine/core'
import { Inbox, SearchX } from 'lucide-react'
import type { ReactNode } from 'react'
import { Notice, ProblemView } from '../problems/problem-view.tsx'
import type { ListState } from './list-state.ts'
import type { ListResult } from './use-data-table.ts'

export interface EmptyText {
  title: string
  /** What to do about it. */
  text: ReactNode
  action?: ReactNode
}

/** Stands in for the rows: no permission, an error, no match, or nothing there yet. */
export function TableNotice<Row>({
  label,
  result,
  list,
  empty,
}: {
  label: string
  result: ListResult<Row>
  list: ListState | undefined
  empty: EmptyText
}) {
  if (result.error !== null) {
    return <ProblemView error={result.error} onRetry={() => void result.refetch()} />
  }
  if (list?.filtered === true) {
    return (
      <Notice icon={<SearchX />} title={`No ${label.toLowerCase()} match`}>
        <Text>Change the search or the filters, or clear them to see all again.</Text>
        <Button variant="default" onClick={list.clear}>
          Clear filters
        </Button>
      </Notice>
    )
  }
  if (list !== undefined && list.page > 1) {
    return (
      <Notice icon={<Inbox />} title="This page is empty now">
        <Text>What was here has been removed or has moved to another page.</Text>
        <Button variant="default" onClick={list.clear}>
          Go to the first page
        </Button>
      </Notice>
    )
  }
  return (
    <Notice icon={<Inbox />} title={empty.title}>
      <Text>{empty.text}</Text>
      {empty.action}
    </Notice>
  )
}
