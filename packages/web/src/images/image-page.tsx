import type { Image } from '@atelier/api'
import { Anchor, Badge, Button, Group } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { Pencil, Plus, RefreshCw } from 'lucide-react'
import { useClient } from '../session/client.tsx'
import { notifyDone, notifyFailed } from '../shell/notify.ts'
import { Page } from '../shell/page.tsx'
import { QueryView } from '../shell/query-view.tsx'
import { Section } from '../shell/section.tsx'
import { EditDialog } from './edit-dialog.tsx'
import './image-page.css'
import { TagDialog } from './tag-dialog.tsx'
import { TagsTable } from './tags-table.tsx'
import { originText, recommendedText } from './words.ts'

const parent = { label: 'Images', to: '/images' }

/** One image: what it is, and its tags. */
export function ImagePage() {
  const { image: id } = useParams({ from: '/frame/images/$image' })
  const client = useClient()
  const image = useQuery({
    queryKey: ['images', id],
    queryFn: ({ signal }) => client.images.get({ params: { image: id }, signal }),
  })
  const [editing, edit] = useDisclosure(false)
  const { data } = image
  if (data === undefined) {
    return (
      <Page title="Image" parent={parent}>
        <QueryView query={image}>{() => null}</QueryView>
      </Page>
    )
  }
  return (
    <Page
      title={data.repository}
      parent={parent}
      heading={
        <Group gap="sm">
          {data.repository}
          {data.deprecated && <Badge color="orange">Deprecated</Badge>}
        </Group>
      }
      description={data.description}
      actions={
        data.can['update'] === true && (
          <Button
            variant="default"
            leftSection={<Pencil size={16} aria-hidden="true" />}
            onClick={edit.open}
          >
            Edit
          </Button>
        )
      }
    >
      <QueryView query={image}>{(shown) => <Content image={shown} />}</QueryView>
      <EditDialog image={editing ? data : undefined} onClose={edit.close} />
    </Page>
  )
}

function Content({ image }: { image: Image }) {
  const [adding, add] = useDisclosure(false)
  return (
    <>
      <Section title="About">
        <dl className="image-facts">
          <div>
            <dt>From</dt>
            <dd>
              {image.registry === null
                ? originText(image)
                : `${image.registry.friendly_name} (${image.registry.registry})`}
            </dd>
          </div>
          <div>
            <dt>Recommended</dt>
            <dd>{recommendedText(image)}</dd>
          </div>
          {image.url !== '' && (
            <div>
              <dt>Source</dt>
              <dd>
                <Anchor href={image.url} rel="noopener noreferrer" target="_blank">
                  {image.url}
                </Anchor>
              </dd>
            </div>
          )}
        </dl>
      </Section>
      <Section
        title="Tags"
        description={
          image.source === 'registry'
            ? 'Looked up in the registry every hour. A workspace follows its tag when it is built again.'
            : 'They come with the server. A workspace follows its tag when it is built again.'
        }
        actions={
          <>
            {image.can['refresh'] === true && <RefreshButton image={image} />}
            {image.can['add_tags'] === true && (
              <Button leftSection={<Plus size={16} aria-hidden="true" />} onClick={add.open}>
                Add tag
              </Button>
            )}
          </>
        }
      >
        <TagsTable image={image} />
      </Section>
      <TagDialog image={image} opened={adding} onClose={add.close} />
    </>
  )
}

function RefreshButton({ image }: { image: Image }) {
  const client = useClient()
  const queryClient = useQueryClient()
  const refresh = useMutation({
    mutationFn: () => client.imageTags.refresh({ params: { image: image.id } }),
    onSuccess: (tags) => {
      const failed = tags.filter(({ failure }) => failure !== null).length
      if (failed === 0) notifyDone('The tags are as the registry has them now.')
      else notifyFailed('Not every tag could be looked up', new Error('See the table for why.'))
    },
    onError: (error) => {
      notifyFailed('The tags could not be looked up', error)
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['images'] }),
  })
  return (
    <Button
      variant="default"
      leftSection={<RefreshCw size={16} aria-hidden="true" />}
      loading={refresh.isPending}
      onClick={() => {
        refresh.mutate()
      }}
    >
      Update tags
    </Button>
  )
}
