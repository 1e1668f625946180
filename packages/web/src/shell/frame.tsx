import { useDisclosure, useHotkeys } from '@mantine/hooks'
import { Outlet } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { BannerStrips } from '../banners/banner-strips.tsx'
import { useServerEvents } from '../session/events.ts'
import { openPalette } from '../palette/store.ts'
import { SignedIn } from '../session/guard.tsx'
import './frame.css'
import { KeyboardHelp } from './keyboard-help.tsx'
import { useShortcuts } from './keyboard.ts'
import { TopBar } from './top-bar.tsx'

const Palette = lazy(() =>
  import('../palette/palette.tsx').then((module) => ({ default: module.Palette })),
)

/** Everything around a signed-in page. */
export function Frame() {
  return (
    <SignedIn>
      <SignedInFrame />
    </SignedIn>
  )
}

function SignedInFrame() {
  const [help, { open, close }] = useDisclosure(false)
  const server = useServerEvents()
  useShortcuts({ onHelp: open })
  // Here rather than in the palette, which may still be on its way when the keys are pressed.
  useHotkeys([['mod+K', openPalette]], [])
  return (
    <div className="frame">
      <a href="#content" className="skip-link">
        Skip to the content
      </a>
      <BannerStrips kind="header" />
      <BannerStrips kind="message" />
      <TopBar onHelp={open} />
      <div role="status">
        {server === 'lost' && (
          <p className="frame-lost">
            The server does not answer. This page goes on as soon as it does.
          </p>
        )}
      </div>
      <main id="content" tabIndex={-1} className="frame-content">
        <Outlet />
      </main>
      <BannerStrips kind="footer" />
      <KeyboardHelp opened={help} onClose={close} />
      <Suspense>
        <Palette />
      </Suspense>
    </div>
  )
}
