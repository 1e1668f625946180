import { Badge, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { CopyButton } from '../forms/copy-button.tsx'
import type { ApiDocument, Operation, Parameter } from './document.ts'
import { curlOf } from './example.ts'
import { OperationAccess } from './operation-access.tsx'
import { SchemaTree } from './schema-tree.tsx'
import { limitsText, typeText } from './schema-words.ts'

interface Props {
  document: ApiDocument
  operation: Operation
  open: boolean
  onToggle: (open: boolean) => void
}

/** One operation: a line that unfolds into everything one needs to call it. */
export function OperationCard({ document, operation, open, onToggle }: Props) {
  const { id, method, path, summary, access } = operation
  return (
    <details
      id={id}
      className="operation"
      open={open}
      onToggle={(event) => {
        if (event.currentTarget.open !== open) onToggle(event.currentTarget.open)
      }}
    >
      <summary className="operation-line">
        <span className="operation-method" data-method={method}>
          {method}
        </span>
        <code className="operation-path">{breakable(path)}</code>
        <span className="operation-summary">{withCode(summary)}</span>
        <Badge variant="default" className="operation-access">
          {'permission' in access
            ? access.permission.join(':')
            : 'signedIn' in access
              ? 'signed in'
              : 'public'}
        </Badge>
      </summary>
      {open && <Details document={document} operation={operation} />}
    </details>
  )
}

function Details({ document, operation }: { document: ApiDocument; operation: Operation }) {
  const { access, parameters, body, ok } = operation
  const curl = curlOf(document, operation, window.location.origin)
  const headers = Object.entries(ok.headers)
  return (
    <div className="operation-details">
      <div className="operation-facts">
        <Part title="Who may call it">
          <OperationAccess access={access} />
        </Part>
        {parameters.length > 0 && (
          <Part title="Parameters">
            <ul className="fields">
              {parameters.map((parameter) => (
                <li key={parameter.name}>
                  <ParameterLine document={document} parameter={parameter} />
                </li>
              ))}
            </ul>
          </Part>
        )}
        {body !== undefined && (
          <Part title="Body">
            <SchemaTree document={document} schema={body} />
          </Part>
        )}
        <Part title={`Answer ${ok.status}`}>
          {ok.schema === undefined || ok.schema.type === 'null' ? (
            <Text size="sm" c="dimmed">
              No content.
            </Text>
          ) : (
            <>
              <Text size="sm" mb={4}>
                <code>{typeText(document, ok.schema)}</code>
                {ok.type !== 'application/json' && <> as {ok.type}</>}
              </Text>
              {ok.type === 'application/json' && (
                <SchemaTree document={document} schema={ok.schema} />
              )}
            </>
          )}
          {headers.map(([name, { description }]) => (
            <Text key={name} size="sm" mt={4}>
              <code>{name}</code> <span className="field-limits">{description}</span>
            </Text>
          ))}
        </Part>
      </div>
      <div className="operation-example">
        <div className="operation-example-head">
          <h3>Example</h3>
          <CopyButton text={curl} size="compact-sm" />
        </div>
        <pre tabIndex={0} aria-label={`Example of ${operation.method} ${operation.path}`}>
          <code>{curl}</code>
        </pre>
      </div>
    </div>
  )
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div>
      <h3>{title}</h3>
      {children}
    </div>
  )
}

function ParameterLine({ document, parameter }: { document: ApiDocument; parameter: Parameter }) {
  const { name, schema, required, description } = parameter
  return (
    <div className="field">
      <code className="field-name">{name}</code>{' '}
      <span className="field-type">
        {parameter.in} · {typeText(document, schema)}
      </span>
      {required !== true && <span className="field-optional">optional</span>}
      <span className="field-limits">{description ?? limitsText(document, schema)}</span>
    </div>
  )
}

/** Lets a long path wrap after its slashes. */
function breakable(path: string) {
  return path
    .split('/')
    .flatMap((part, index) => (index === 0 ? [part] : ['/', <wbr key={index} />, part]))
}

/** Summaries name fields and values between backticks. */
function withCode(text: string) {
  return text
    .split('`')
    .map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part))
}
