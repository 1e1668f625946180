import { Modal, Skeleton, Stack, Text } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { ConfirmDialog } from '../forms/confirm-dialog.tsx'
import { problemText } from '../problems/problem-text.ts'
import { useClient } from '../session/client.tsx'
import { useFocusBack } from '../shell/focus.ts'
import { notifyDone } from '../shell/notify.ts'
import { shortRole } from './roles.ts'

const number = new Intl.NumberFormat('en')

interface Props {
  organization: { readonly id: string; readonly name: string } | undefined
  onClose: () => void
  onDeleted?: () => void
}

/** Says what becomes of the people, and deletes the organization when its name has been typed. */
export function DeleteOrganizationDialog({ organization, onClose, onDeleted }: Props) {
  const client = useClient()
  const queryClient = useQueryClient()
  const id = organization?.id ?? ''
  const removal = useQuery({
    queryKey: ['organizations', id, 'removal'],
    queryFn: ({ signal }) => client.organizations.removal({ params: { organization: id }, signal }),
    enabled: organization !== undefined,
    // The numbers are shown to be agreed to: they must be today's.
    staleTime: 0,
    gcTime: 0,
  })
  useFocusBack(organization !== undefined)
  if (organization === undefined) return null
  const { name } = organization
  if (removal.data === undefined) {
    return (
      <Modal opened onClose={onClose} title={`Delete ${name}?`}>
        {removal.error === null ? (
          <Stack gap="sm" role="status" aria-label="Loading">
            <Skeleton height={16} width="80%" />
            <Skeleton height={16} width="60%" />
          </Stack>
        ) : (
          <Text role="alert">{problemText(removal.error)}</Text>
        )}
      </Modal>
    )
  }
  const { members, moving, to } = removal.data
  const staying = members - moving
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={`Delete ${name}?`}
      confirmLabel="Delete organization"
      danger
      typed={name}
      onConfirm={async () => {
        await client.organizations.remove({ params: { organization: id } })
        notifyDone(`${name} is deleted.`)
        onDeleted?.()
        await queryClient.invalidateQueries({ queryKey: ['organizations', 'list'] })
        void queryClient.invalidateQueries({ queryKey: ['users'] })
      }}
    >
      <Text>
        {members === 0
          ? 'Nobody is in it.'
          : `${people(members)} ${members === 1 ? 'loses' : 'lose'} what they had through it, at once. No account is deleted.`}
      </Text>
      {moving > 0 && to !== null && (
        <Text>
          <strong>
            {moving === members && members > 2 ? `All ${number.format(moving)}` : people(moving)}
          </strong>{' '}
          {moving === 1 ? 'moves' : 'move'} to <strong>{to.name}</strong>, with the role{' '}
          {shortRole(to.default_role)}.
        </Text>
      )}
      {staying > 0 && (
        <Text>
          {moving === 0 && members > 1 ? 'All of them' : people(staying)}{' '}
          {staying === 1 ? 'stays' : 'stay'} in the default organization where they are already.
        </Text>
      )}
      <Text>This cannot be undone.</Text>
    </ConfirmDialog>
  )
}

function people(count: number): string {
  return count === 1 ? '1 person' : `${number.format(count)} people`
}
