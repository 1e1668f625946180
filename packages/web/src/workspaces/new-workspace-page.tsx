import type { Image } from '@atelier/api'
import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Box } from 'lucide-react'
import { ButtonLink } from '../navigation/links.tsx'
import { Notice } from '../problems/problem-view.tsx'
import { useClient } from '../session/client.tsx'
import { may, useSession } from '../session/session.ts'
import { Page } from '../shell/page.tsx'
import { QueryView } from '../shell/query-view.tsx'
import { NewWorkspaceForm } from './new-workspace-form.tsx'
import { ownNames } from './queries.ts'

const lookAgain = 5_000

/** A new workspace: with an image chosen and a name proposed, one button is all it takes. */
export function NewWorkspacePage() {
  const client = useClient()
  const session = useSession()
  const ready = useQuery({
    queryKey: ['images', 'list', { limit: 200, purpose: 'choose' }],
    queryFn: async ({ signal }) => {
      const { items } = await client.images.list({ query: { limit: 200 }, signal })
      return items.filter(({ deprecated, default_tag }) => !deprecated && default_tag !== null)
    },
    // A new server makes its first image by itself.
    refetchInterval: ({ state }) => (state.data?.length === 0 ? lookAgain : false),
  })
  const names = useQuery(ownNames(client, session.user.id))
  return (
    <Page
      title="New workspace"
      parent={{ label: 'Workspaces', to: '/' }}
      description="Choose what it is made of. Your files in its home stay, however often it is built again."
    >
      <QueryView query={ready}>
        {(images) =>
          images.length === 0 ? (
            <NoImages mayImport={may(session, 'images', 'create')} />
          ) : (
            <QueryView query={names}>
              {(taken) => <NewWorkspaceForm images={images as [Image, ...Image[]]} taken={taken} />}
            </QueryView>
          )
        }
      </QueryView>
    </Page>
  )
}

function NoImages({ mayImport }: { mayImport: boolean }) {
  return (
    <Notice icon={<Box />} title="There is no image to make a workspace of">
      <Text>
        A new server makes its first image in a few minutes; this page shows it when it is there.{' '}
        {mayImport
          ? 'You can also import one from a registry.'
          : 'An importer of your organization can also import one.'}
      </Text>
      {mayImport && <ButtonLink to="/images">Go to the images</ButtonLink>}
    </Notice>
  )
}
