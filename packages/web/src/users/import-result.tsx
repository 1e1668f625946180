import { Alert, Button, Group } from '@mantine/core'
import { Download, TriangleAlert } from 'lucide-react'
import { ButtonLink } from '../navigation/links.tsx'
import { Section } from '../shell/section.tsx'
import { saveFile, toCsv } from './csv-file.ts'
import './import.css'
import { ImportLines } from './import-lines.tsx'
import type { ImportAnswer } from './import-page.tsx'
import { countOf } from './role-effects.tsx'

/** The last step: who was created, with the temporary passwords, which are shown here only. */
export function ImportResult({ answer, onSaved }: { answer: ImportAnswer; onSaved: () => void }) {
  const created = answer.lines.filter((line) => line.password !== null)

  function save() {
    saveFile(
      'temporary-passwords.csv',
      toCsv([
        ['name', 'username', 'email', 'temporary_password', 'sign_in_at'],
        ...created.map((line) => [
          line.name,
          line.username,
          line.email,
          line.password ?? '',
          `${window.location.origin}/sign-in`,
        ]),
      ]),
    )
    onSaved()
  }

  return (
    <Section
      title="Imported"
      description={
        <span role="status">
          {countOf(answer.good, 'user')} created
          {answer.bad > 0 && `, ${countOf(answer.bad, 'line')} left out`}.
        </span>
      }
      actions={
        created.length > 0 && (
          <Button leftSection={<Download size={16} aria-hidden="true" />} onClick={save}>
            Download passwords
          </Button>
        )
      }
    >
      {created.length > 0 && (
        <Alert
          color="yellow"
          mb="md"
          icon={<TriangleAlert aria-hidden="true" />}
          title="The temporary passwords are shown on this page only"
        >
          Download them before you leave, give each person theirs over a channel that nobody else
          reads, and delete the file. Each has to be changed at the first sign-in.
        </Alert>
      )}
      <ImportLines label="Imported lines" lines={answer.lines} />
      <Group justify="flex-end" mt="lg">
        <ButtonLink to="/users" variant="default">
          Go to the users
        </ButtonLink>
      </Group>
    </Section>
  )
}
