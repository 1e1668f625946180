import type { Registry } from '@atelier/api'
import { Alert, Button, Group, Loader, Modal, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { CircleCheck, CircleX } from 'lucide-react'
import { ProblemView } from '../problems/problem-view.tsx'
import { useClient } from '../session/client.tsx'

/** Contacts a registry when it opens, and says in a sentence what is wrong, if anything. */
export function CheckDialog({
  registry,
  onClose,
}: {
  registry: Registry | undefined
  onClose: () => void
}) {
  return (
    <Modal
      opened={registry !== undefined}
      onClose={onClose}
      title={registry === undefined ? '' : `Connection to “${registry.friendly_name}”`}
    >
      {registry !== undefined && <Check registry={registry} onClose={onClose} />}
    </Modal>
  )
}

function Check({ registry, onClose }: { registry: Registry; onClose: () => void }) {
  const client = useClient()
  const check = useQuery({
    queryKey: ['registries', registry.id, 'check', registry.version],
    queryFn: ({ signal }) => client.registries.check({ params: { registry: registry.id }, signal }),
    // Each opening asks anew, and nothing else does: somebody else's machine is contacted.
    gcTime: 0,
    staleTime: Infinity,
    retry: false,
    refetchOnWindowFocus: false,
  })
  return (
    <Stack>
      <div role="status">
        {check.isFetching ? (
          <Group gap="sm">
            <Loader size="sm" aria-hidden="true" />
            <Text>Contacting {registry.registry}…</Text>
          </Group>
        ) : (
          check.data !== undefined && (
            <Alert
              color={check.data.ok ? 'green' : 'red'}
              icon={check.data.ok ? <CircleCheck /> : <CircleX />}
              title={check.data.ok ? 'It works' : 'It does not work yet'}
            >
              {check.data.message}.
            </Alert>
          )
        )}
      </div>
      {check.error !== null && !check.isFetching && <ProblemView error={check.error} />}
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={() => void check.refetch()} loading={check.isFetching}>
          Check again
        </Button>
        <Button onClick={onClose}>Close</Button>
      </Group>
    </Stack>
  )
}
