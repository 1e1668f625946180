import type { ApiKey } from '@atelier/api'
import type { TableColumn } from '../table/column.ts'
import { Time } from '../time/time.tsx'

/** What a list of keys shows of each; the secret is nowhere. */
export const keyColumns: readonly TableColumn<ApiKey>[] = [
  { id: 'name', label: 'Name', cell: (row) => row.name },
  { id: 'last_used', label: 'Last used', cell: (row) => <Time value={row.last_used} /> },
  { id: 'expires_at', label: 'Expires', cell: (row) => <Time value={row.expires_at} /> },
]
