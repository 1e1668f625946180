import { Alert, Button, Group, Switch, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { CircleAlert } from 'lucide-react'
import { useState } from 'react'
import { useClient } from '../session/client.tsx'
import { Section } from '../shell/section.tsx'
import { DialogProblem } from './dialog-problem.tsx'
import './import.css'
import { ImportLines } from './import-lines.tsx'
import type { ImportAnswer } from './import-page.tsx'
import { useUsersChanged } from './queries.ts'
import { countOf } from './role-effects.tsx'

/** The second step: what would happen with each line; nothing is changed yet. */
export function ImportPreview({
  csv,
  answer,
  onBack,
  onImported,
}: {
  csv: string
  answer: ImportAnswer
  onBack: () => void
  onImported: (answer: ImportAnswer) => void
}) {
  const client = useClient()
  const usersChanged = useUsersChanged()
  const [onlyBad, setOnlyBad] = useState(false)
  const run = useMutation({
    mutationFn: () => client.users.import({ body: { csv, dry_run: false } }),
    onSuccess: async (result) => {
      onImported(result)
      await usersChanged()
    },
  })
  const lines = onlyBad ? answer.lines.filter((line) => !line.ok) : answer.lines

  return (
    <Section
      title="Look before you import"
      description={
        <span role="status">
          {countOf(answer.good, 'user')} can be created
          {answer.bad > 0 && `, ${countOf(answer.bad, 'line')} cannot`}. Nothing is changed yet.
        </span>
      }
      actions={
        answer.bad > 0 &&
        answer.good > 0 && (
          <Switch
            label="Only lines with problems"
            checked={onlyBad}
            onChange={(event) => {
              setOnlyBad(event.currentTarget.checked)
            }}
          />
        )
      }
    >
      {run.isError && (
        <DialogProblem
          title="The import stopped. Look at the list of users before you try again."
          error={run.error}
        />
      )}
      {answer.bad > 0 && (
        <Alert
          color="yellow"
          mb="md"
          icon={<CircleAlert aria-hidden="true" />}
          title={`${countOf(answer.bad, 'line')} will be left out`}
        >
          Correct them now, or import the others first: those lines can be imported later.
        </Alert>
      )}
      <ImportLines label="Lines of the file" lines={lines} />
      <Group justify="flex-end" mt="lg" gap="sm">
        {run.isPending && answer.good > 100 && (
          <Text size="sm" c="dimmed" role="status">
            Each password takes the server a moment. Stay on this page.
          </Text>
        )}
        <Button variant="default" onClick={onBack} disabled={run.isPending}>
          Back
        </Button>
        <Button
          loading={run.isPending}
          disabled={answer.good === 0}
          onClick={() => {
            run.mutate()
          }}
        >
          Import {answer.good === 1 ? '1 user' : `${String(answer.good)} users`}
        </Button>
      </Group>
    </Section>
  )
}
