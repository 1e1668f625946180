import { TextInput } from '@mantine/core'
import { useState } from 'react'
import { FilterSelect } from '../table/filter-select.tsx'
import type { AuditSearch } from './search.ts'
import { fromField, rangeProblem, type Span, spanLabels, spans, toField } from './time-range.ts'

type Choice = Span | 'custom'

const options: readonly { value: Choice; label: string }[] = [
  ...spans.map((span) => ({ value: span, label: spanLabels[span] })),
  { value: 'custom', label: 'From … until …' },
]

/** When it happened: a stretch of time that ends now, or a beginning and an end. */
export function TimeFilter({
  search,
  onChange,
}: {
  search: Pick<AuditSearch, 'within' | 'range_start' | 'range_end'>
  onChange: (patch: Partial<AuditSearch>) => void
}) {
  const [choosing, setChoosing] = useState(false)
  const { within, range_start: start, range_end: end } = search
  const custom = within === undefined && (choosing || start !== undefined || end !== undefined)
  const problem = rangeProblem(search)

  function choose(choice: Choice | undefined) {
    setChoosing(choice === 'custom')
    onChange({
      within: choice === 'custom' ? undefined : choice,
      range_start: undefined,
      range_end: undefined,
    })
  }

  return (
    <>
      <FilterSelect
        label="Time"
        value={custom ? 'custom' : within}
        options={options}
        onChange={choose}
      />
      {custom && (
        <div className="audit-range" role="group" aria-label="Time">
          <Moment
            label="From"
            value={start}
            onChange={(range_start) => {
              onChange({ range_start })
            }}
          />
          <Moment
            label="Until"
            value={end}
            error={problem}
            onChange={(range_end) => {
              onChange({ range_end })
            }}
          />
        </div>
      )}
    </>
  )
}

/** Keeps what is typed until it is a moment, and leaves the address alone meanwhile. */
function Moment({
  label,
  value,
  error,
  onChange,
}: {
  label: string
  value: string | undefined
  error?: string | undefined
  onChange: (value: string | undefined) => void
}) {
  const [text, setText] = useState(toField(value))
  const [known, setKnown] = useState(value)
  if (value !== known) {
    setKnown(value)
    if (fromField(text) !== value) setText(toField(value))
  }
  return (
    <TextInput
      type="datetime-local"
      label={label}
      value={text}
      error={error}
      max="9999-12-31T23:59"
      onChange={(event) => {
        const next = event.currentTarget.value
        setText(next)
        onChange(fromField(next))
      }}
    />
  )
}
