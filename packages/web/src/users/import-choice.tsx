import { roleNames } from '@atelier/access'
import { Button, FileInput, Stack, Textarea } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { Download, FileSpreadsheet } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { useClient } from '../session/client.tsx'
import { useSession } from '../session/session.ts'
import { Section } from '../shell/section.tsx'
import { saveFile, toCsv } from './csv-file.ts'
import { DialogProblem } from './dialog-problem.tsx'
import './import.css'
import type { ImportAnswer } from './import-page.tsx'
import { newUserRole, newUserRoles } from './roles.ts'

/** The server takes no more at once. */
const maxLength = 2_000_000

const template = toCsv([
  ['name', 'username', 'email', 'role', 'organizations'],
  ['Ada Example', 'ada-example', 'ada@example.com', newUserRole, ''],
])

/** The first step: a file or pasted text, which the server checks without changing anything. */
export function ImportChoice({
  csv,
  onChange,
  onChecked,
}: {
  csv: string
  onChange: (csv: string) => void
  onChecked: (answer: ImportAnswer) => void
}) {
  const client = useClient()
  const roles = newUserRoles(useSession()).filter((option) => option.assignable)
  const [file, setFile] = useState<File | null>(null)
  const [missing, setMissing] = useState<string>()
  const check = useMutation({
    mutationFn: (text: string) => client.users.import({ body: { csv: text, dry_run: true } }),
    onSuccess: onChecked,
  })

  async function choose(chosen: File | null) {
    setFile(chosen)
    setMissing(undefined)
    check.reset()
    if (chosen === null) return
    if (chosen.size > maxLength) {
      setMissing('This file is larger than 2 MB. Split it, and import one part after the other.')
      return
    }
    onChange(await chosen.text())
  }

  return (
    <div className="import-columns">
      <Section title="What to import">
        <form
          noValidate
          onDragOver={(event) => {
            event.preventDefault()
          }}
          onDrop={(event) => {
            event.preventDefault()
            void choose(event.dataTransfer.files[0] ?? null)
          }}
          onSubmit={(event) => {
            event.preventDefault()
            if (csv.trim() === '') setMissing('Choose a file, or paste its content below.')
            else check.mutate(csv)
          }}
        >
          <Stack gap="md">
            {check.isError && <DialogProblem title="This cannot be read" error={check.error} />}
            <FileInput
              label="CSV file"
              placeholder="Choose a file, or drop it here"
              accept=".csv,text/csv,text/plain"
              clearable
              clearButtonProps={{ 'aria-label': 'Choose no file' }}
              leftSection={<FileSpreadsheet size={16} aria-hidden="true" />}
              value={file}
              onChange={(chosen) => void choose(chosen)}
              error={missing}
            />
            <Textarea
              label="Or paste it"
              description="The first line names the columns."
              placeholder={template}
              minRows={8}
              maxRows={20}
              spellCheck={false}
              value={csv}
              classNames={{ input: 'import-text' }}
              onChange={(event) => {
                setMissing(undefined)
                check.reset()
                onChange(event.currentTarget.value)
              }}
            />
            <div className="import-buttons">
              <Button type="submit" loading={check.isPending}>
                Check
              </Button>
            </div>
          </Stack>
        </form>
      </Section>
      <Section
        title="Columns"
        actions={
          <Button
            variant="default"
            size="compact-sm"
            leftSection={<Download size={14} aria-hidden="true" />}
            onClick={() => {
              saveFile('users-template.csv', template)
            }}
          >
            Template
          </Button>
        }
      >
        <dl className="import-columns-list">
          <Column name="name">What people read.</Column>
          <Column name="username">Letters, digits and hyphens, at most 39.</Column>
          <Column name="email">They can sign in with it.</Column>
          <Column name="role" optional>
            {roles.map(({ role, name }, index) => (
              <span key={role}>
                {index > 0 && ', '}
                <code>{role}</code> ({name})
              </span>
            ))}
            . Empty: {roleNames[newUserRole]}.
          </Column>
          <Column name="organizations" optional>
            Names with a semicolon between them. Empty: the default organizations.
          </Column>
        </dl>
      </Section>
    </div>
  )
}

function Column({
  name,
  optional = false,
  children,
}: {
  name: string
  optional?: boolean
  children: ReactNode
}) {
  return (
    <div>
      <dt>
        <code>{name}</code> {optional && <span className="import-optional">may be left out</span>}
      </dt>
      <dd>{children}</dd>
    </div>
  )
}
