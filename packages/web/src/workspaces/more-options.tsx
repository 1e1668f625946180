import type { Image } from '@atelier/api'
import { Select, SimpleGrid, Stack, Text } from '@mantine/core'
import type { UseFormReturnType } from '@mantine/form'
import { useQuery } from '@tanstack/react-query'
import { PersonSelect } from '../roles/person-select.tsx'
import { useClient } from '../session/client.tsx'
import { may, useSession } from '../session/session.ts'
import { userQuery } from '../users/queries.ts'
import type { NewValues } from './new-workspace-form.tsx'
import { SizeFields } from './size-fields.tsx'
import { tagChoices, tagsQuery } from './tag-choices.ts'
import { recommendedText } from '../images/words.ts'

/** What most people leave as it is. */
export function MoreOptions({ form, image }: { form: UseFormReturnType<NewValues>; image: Image }) {
  const client = useClient()
  const session = useSession()
  const tags = useQuery(tagsQuery(client, image.id))
  const providers = useQuery({
    queryKey: ['workspace-providers', 'list'],
    queryFn: async ({ signal }) => (await client.workspaceProviders.list({ signal })).kubernetes,
  })
  const offered = (providers.data ?? []).filter(
    ({ org_whitelist: organizations, cordoned_at: cordoned }) =>
      organizations.includes(image.organization_id) && cordoned === null,
  )
  return (
    <Stack gap="md">
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <Select
          label="Tag"
          description="The workspace follows it whenever it is built."
          allowDeselect={false}
          data={tagChoices(tags.data, image.default_tag?.tag)}
          {...form.getInputProps('image_tag')}
        />
        {offered.length > 1 && (
          <Select
            label="Workspace provider"
            description="What runs it."
            placeholder="The usual one"
            clearable
            data={offered.map(({ id, name }) => ({ value: id, label: name }))}
            {...form.getInputProps('resource_pool_id')}
            onChange={(id: string | null) => {
              form.setFieldValue('resource_pool_id', id ?? '')
            }}
          />
        )}
        {may(session, 'workspaces', 'update_all') && <OwnerSelect form={form} />}
      </SimpleGrid>
      <div>
        <SizeFields form={form} />
        <Text size="sm" c="dimmed" mt={6}>
          The image recommends {recommendedText(image)}.
        </Text>
      </div>
    </Stack>
  )
}

function OwnerSelect({ form }: { form: UseFormReturnType<NewValues> }) {
  const owner = form.values.for_user_id
  const person = useQuery(userQuery(useClient(), owner))
  return (
    <PersonSelect
      label="Owner"
      description="Whose it shall be; nobody else can open a terminal in it."
      person={person.data}
      onChange={(id) => {
        form.setFieldValue('for_user_id', id)
      }}
    />
  )
}
