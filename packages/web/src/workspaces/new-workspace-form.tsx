import { type Image, type Workspace, workspaces } from '@atelier/api'
import { Button, Card, Collapse, Stack, TextInput } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { ChevronDown, ChevronUp } from 'lucide-react'
import { useMemo } from 'react'
import { useApiForm } from '../forms/api-form.ts'
import { Form } from '../forms/form.tsx'
import { useClient } from '../session/client.tsx'
import { useSession } from '../session/session.ts'
import { notifyDone } from '../shell/notify.ts'
import { organizationChoices } from '../users/queries.ts'
import { ImageCards } from './image-cards.tsx'
import { MoreOptions } from './more-options.tsx'
import { useWorkspaceChanged } from './queries.ts'
import { sizesOf, type SizeValues } from './size-fields.tsx'
import { proposedName } from './words.ts'
import './workspaces.css'

export interface NewValues extends SizeValues {
  image_id: string
  name: string
  image_tag: string
  /** Empty: the built-in one. */
  resource_pool_id: string
  for_user_id: string
}

/** The values that an image recommends. */
function recommended(image: Image) {
  return {
    image_id: image.id,
    image_tag: image.default_tag?.tag ?? '',
    cpu_cores: image.default_cpu_cores,
    memory_gb: image.default_memory_gb,
    disk_gb: image.default_disk_gb,
  }
}

/** The form; an image is chosen from the beginning, and everything is filled in. */
export function NewWorkspaceForm({
  images,
  taken,
}: {
  images: readonly [Image, ...Image[]]
  taken: readonly string[]
}) {
  const client = useClient()
  const session = useSession()
  const navigate = useNavigate()
  const changed = useWorkspaceChanged()
  const { image: wanted } = useSearch({ from: '/frame/workspaces/new' })
  const [more, { toggle }] = useDisclosure(false)
  const organizations = useQuery(organizationChoices(client)).data ?? []
  const first = images.find(({ id }) => id === wanted) ?? images[0]
  const organizationOf = (id: string) =>
    images.find((image) => image.id === id)?.organization_id ?? first.organization_id

  const bodyOf = (values: NewValues) => {
    const { image_id, name, image_tag, resource_pool_id: provider, for_user_id: owner } = values
    return {
      org_id: organizationOf(image_id),
      image_id,
      name,
      image_tag,
      ...sizesOf(values),
      ...(provider === '' ? {} : { resource_pool_id: provider }),
      ...(owner === session.user.id ? {} : { for_user_id: owner }),
    }
  }
  const form = useApiForm<NewValues, Workspace>({
    initialValues: {
      name: proposedName(first.repository, taken),
      ...recommended(first),
      resource_pool_id: '',
      for_user_id: session.user.id,
    },
    schema: workspaces.create.body,
    toBody: bodyOf,
    send: (values, { headers }) => client.workspaces.create({ body: bodyOf(values), headers }),
    onDone: (workspace) => {
      void changed(workspace)
      notifyDone(`${workspace.name} is being built.`)
      void navigate({ to: '/workspaces/$workspace', params: { workspace: workspace.id } })
    },
  })
  const { values } = form.form
  const several = new Set(images.map((image) => image.organization_id)).size > 1
  const names = useMemo(
    () => new Map(several ? organizations.map(({ id, name }) => [id, name]) : []),
    [organizations, several],
  )
  const chosen = images.find(({ id }) => id === values.image_id) ?? first

  function choose(id: string) {
    const image = images.find((one) => one.id === id)
    if (image === undefined) return
    // A name that somebody has typed stays theirs.
    const own = values.name !== proposedName(chosen.repository, taken)
    form.form.setValues({
      ...recommended(image),
      resource_pool_id: '',
      ...(own ? {} : { name: proposedName(image.repository, taken) }),
    })
  }

  return (
    <Card p="lg">
      <Form form={form} submitLabel="Create workspace" onCancel={() => void navigate({ to: '/' })}>
        <ImageCards
          images={images}
          organizations={names}
          value={values.image_id}
          onChange={choose}
        />
        <TextInput
          label="Name"
          description="Part of the addresses of your apps: letters, digits, hyphens."
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={40}
          maw="26rem"
          {...form.form.getInputProps('name')}
        />
        <Stack gap="md">
          <Button
            variant="subtle"
            className="workspaces-more"
            aria-expanded={more}
            aria-controls="more-options"
            rightSection={
              more ? (
                <ChevronUp size={16} aria-hidden="true" />
              ) : (
                <ChevronDown size={16} aria-hidden="true" />
              )
            }
            onClick={toggle}
          >
            More options
          </Button>
          <Collapse expanded={more} id="more-options">
            {more && <MoreOptions form={form.form} image={chosen} />}
          </Collapse>
        </Stack>
      </Form>
    </Card>
  )
}
