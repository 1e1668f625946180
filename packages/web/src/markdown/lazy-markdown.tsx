import { lazy, Suspense } from 'react'

const Markdown = lazy(() =>
  import('./markdown.tsx').then((module) => ({ default: module.Markdown })),
)

/** Markdown whose renderer is loaded when it is needed; until then the text stands as written. */
export function LazyMarkdown({ children }: { children: string }) {
  return (
    <Suspense fallback={children}>
      <Markdown>{children}</Markdown>
    </Suspense>
  )
}
