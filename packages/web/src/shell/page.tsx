import { Group, Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'
import { AnchorLink } from '../navigation/links.tsx'
import { usePageTitle } from './page-title.ts'
import './page.css'

interface PageProps {
  /** The `h1` and the name of the browser's tab. */
  title: string
  /** Stands in for the plain title, beside badges or avatars; keep the title's text in it. */
  heading?: ReactNode
  description?: ReactNode
  /** Where this page belongs: a link above the title. */
  parent?: { label: string; to: string }
  /** Buttons at the title's side. */
  actions?: ReactNode
  /** Long text and forms read better in a narrower column. */
  narrow?: boolean
  children?: ReactNode
}

/** A page of the app: title, description, actions, content. Every page has exactly one. */
export function Page({
  title,
  heading,
  description,
  parent,
  actions,
  narrow,
  children,
}: PageProps) {
  usePageTitle(title)
  return (
    <div className="page" data-narrow={narrow || undefined}>
      <header className="page-header">
        <div className="page-header-text">
          {parent !== undefined && (
            <AnchorLink to={parent.to} size="sm" className="page-parent">
              <span aria-hidden="true">← </span>
              {parent.label}
            </AnchorLink>
          )}
          <Title order={1} tabIndex={-1}>
            {heading ?? title}
          </Title>
          {description !== undefined && (
            <Text c="dimmed" maw="44rem" mt={4}>
              {description}
            </Text>
          )}
        </div>
        {actions !== undefined && (
          <Group gap="xs" className="page-actions">
            {actions}
          </Group>
        )}
      </header>
      {children}
    </div>
  )
}
