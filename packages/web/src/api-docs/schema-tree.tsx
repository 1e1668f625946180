import { Text } from '@mantine/core'
import { useState } from 'react'
import type { ApiDocument, Schema } from './document.ts'
import { fieldsOf, limitsText, typeText } from './schema-words.ts'

/** The fields of a schema; those that have fields themselves unfold. */
export function SchemaTree({ document, schema }: { document: ApiDocument; schema: Schema }) {
  const fields = fieldsOf(document, schema)
  const limits = limitsText(document, schema)
  if (fields.length === 0) {
    return (
      <Text size="sm">
        <code>{typeText(document, schema)}</code>
        {limits !== '' && <span className="field-limits"> {limits}</span>}
      </Text>
    )
  }
  return (
    <ul className="fields">
      {fields.map((field) => (
        <li key={field.name}>
          <Field document={document} {...field} />
        </li>
      ))}
    </ul>
  )
}

function Field({
  document,
  name,
  schema,
  required,
}: {
  document: ApiDocument
  name: string
  schema: Schema
  required: boolean
}) {
  const [open, setOpen] = useState(false)
  const hasFields = fieldsOf(document, schema).length > 0
  const line = (
    <>
      <code className="field-name">{name}</code>{' '}
      <span className="field-type">{typeText(document, schema)}</span>
      {!required && <span className="field-optional">optional</span>}
      <span className="field-limits">{limitsText(document, schema)}</span>
    </>
  )
  if (!hasFields) return <div className="field">{line}</div>
  return (
    <details
      open={open}
      onToggle={(event) => {
        setOpen(event.currentTarget.open)
      }}
    >
      <summary className="field">{line}</summary>
      {open && <SchemaTree document={document} schema={schema} />}
    </details>
  )
}
