import { Card, Group, Text, Title } from '@mantine/core'
import { type ReactNode, useId } from 'react'

/** A titled card on a page; the title is its accessible name. */
export function Section({
  title,
  description,
  actions,
  children,
}: {
  title: string
  description?: ReactNode
  actions?: ReactNode
  children: ReactNode
}) {
  const id = useId()
  return (
    <Card component="section" aria-labelledby={id} p={0} className="section">
      <Group justify="space-between" align="flex-start" gap="md" className="section-header">
        <div className="section-header-text">
          <Title order={2} id={id}>
            {title}
          </Title>
          {description !== undefined && (
            <Text c="dimmed" size="sm">
              {description}
            </Text>
          )}
        </div>
        {actions !== undefined && <Group gap="xs">{actions}</Group>}
      </Group>
      <div className="section-body">{children}</div>
    </Card>
  )
}
