import type { ApiKey } from '@atelier/api'
import { Button } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { keyColumns } from '../api-keys/columns.tsx'
import { CreateKeyDialog } from '../api-keys/create-key-dialog.tsx'
import { keyActions, KeyDialogs, type OpenDialog } from '../api-keys/key-dialogs.tsx'
import { RefusedAction } from '../forms/refused-action.tsx'
import { useClient } from '../session/client.tsx'
import { may, useSession } from '../session/session.ts'
import { Page } from '../shell/page.tsx'
import { DataTable } from '../table/data-table.tsx'

const columns = keyColumns('own')

/** One's own keys, for programs that act for oneself. */
export function OwnApiKeysPage() {
  const client = useClient()
  const session = useSession()
  const [creating, create] = useDisclosure(false)
  const [dialog, setDialog] = useState<OpenDialog>()
  const keys = useQuery({
    queryKey: ['api-keys', 'me'],
    queryFn: async ({ signal }) => ({
      items: await client.apiKeys.list({ params: { user: 'me' }, signal }),
    }),
  })
  const refused = may(session, 'api_keys', 'create')
    ? undefined
    : 'Your role does not let you make API keys. The role tables show which one does.'
  const button = (
    <RefusedAction reason={refused}>
      <Button leftSection={<Plus size={16} aria-hidden="true" />} onClick={create.open}>
        New API key
      </Button>
    </RefusedAction>
  )
  const some = (keys.data?.items.length ?? 0) > 0
  return (
    <Page
      title="API keys"
      description="A key lets a program act for you, within its scopes and never beyond what you may do now. If you are suspended or your role changes, your keys follow at once."
      actions={some ? button : undefined}
    >
      <DataTable<ApiKey>
        label="Keys"
        storageKey="own-api-keys"
        columns={columns}
        result={keys}
        rowId={(row) => row.id}
        rowName={(row) => row.name}
        rowActions={(row) => keyActions(row, ['edit', 'regenerate', 'delete'], setDialog)}
        empty={{
          title: 'You have no API keys',
          text: 'Scripts, pipelines and the command line sign in with a key in place of your password. Make one for each program, so that you can take it away from that program alone.',
          action: button,
        }}
      />
      <CreateKeyDialog opened={creating} onClose={create.close} />
      <KeyDialogs
        dialog={dialog}
        onClose={() => {
          setDialog(undefined)
        }}
      />
    </Page>
  )
}
