import { Skeleton, Table, VisuallyHidden } from '@mantine/core'

const rows = [72, 58, 80, 64, 50, 76, 60, 68]

/** Grey lines in the place of rows that are on their way. */
export function SkeletonRows({ columns }: { columns: number }) {
  return rows.map((width, row) => (
    <Table.Tr key={width}>
      {Array.from({ length: columns }, (_, column) => (
        <Table.Td key={column}>
          {row === 0 && column === 0 && <VisuallyHidden>Loading</VisuallyHidden>}
          <Skeleton height={14} my={6} width={`${String(width)}%`} aria-hidden="true" />
        </Table.Td>
      ))}
    </Table.Tr>
  ))
}
