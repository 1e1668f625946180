import type { Image } from '@atelier/api'
import { Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { ConfirmDialog } from '../forms/confirm-dialog.tsx'
import { useClient } from '../session/client.tsx'
import { notifyDone } from '../shell/notify.ts'

/** Asks before an image goes. */
export function DeleteDialog({
  image,
  onClose,
}: {
  image: Image | undefined
  onClose: () => void
}) {
  const client = useClient()
  const queryClient = useQueryClient()
  return (
    <ConfirmDialog
      opened={image !== undefined}
      onClose={onClose}
      title={image === undefined ? '' : `Delete ${image.repository}?`}
      confirmLabel="Delete image"
      danger
      onConfirm={async () => {
        if (image === undefined) return
        await client.images.remove({ params: { image: image.id } })
        notifyDone(`${image.repository} is deleted.`)
        await queryClient.invalidateQueries({ queryKey: ['images'] })
        void queryClient.invalidateQueries({ queryKey: ['registries'] })
      }}
    >
      <Text>
        The image and its tags are forgotten here. The registry keeps what is in it. To keep people
        from making new workspaces only, deprecate it instead.
      </Text>
    </ConfirmDialog>
  )
}
