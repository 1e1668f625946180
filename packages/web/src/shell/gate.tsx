import { Title } from '@mantine/core'
import type { ReactNode } from 'react'
import { BannerStrips } from '../banners/banner-strips.tsx'
import './gate.css'
import { LogoMark } from './logo.tsx'
import { usePageTitle } from './page-title.ts'

/** A page outside the frame, such as sign-in: one card, and the banners that everybody sees. */
export function Gate({
  title,
  description,
  children,
}: {
  title: string
  description?: ReactNode
  children: ReactNode
}) {
  usePageTitle(title)
  return (
    <div className="gate">
      <BannerStrips kind="header" />
      <BannerStrips kind="message" />
      <main className="gate-main">
        <div className="gate-card">
          <LogoMark size={36} />
          <Title order={1} tabIndex={-1} className="gate-title">
            {title}
          </Title>
          {description !== undefined && <div className="gate-description">{description}</div>}
          {children}
        </div>
      </main>
      <BannerStrips kind="footer" />
    </div>
  )
}
