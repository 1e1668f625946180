import { Select } from '@mantine/core'

interface Props<Value extends string> {
  /** What is filtered: `Role`. */
  label: string
  value: Value | undefined
  options: readonly { readonly value: Value; readonly label: string }[]
  onChange: (value: Value | undefined) => void
}

/** A filter of a list; empty means all. */
export function FilterSelect<Value extends string>({
  label,
  value,
  options,
  onChange,
}: Props<Value>) {
  return (
    <Select
      className="filter-select"
      aria-label={label}
      placeholder={label}
      data={[...options]}
      value={value ?? null}
      onChange={(next) => {
        onChange(next ?? undefined)
      }}
      clearable
      searchable={options.length > 8}
      clearButtonProps={{ 'aria-label': `Clear ${label.toLowerCase()}` }}
      data-set={value !== undefined || undefined}
    />
  )
}
