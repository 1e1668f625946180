import { lazy, Suspense } from 'react'

const Markdown = lazy(() =>
  import('./markdown.tsx').then((module) => ({ default: module.Markdown })),
)

/** Markdown whose renderer is loaded when it is needed; until then its text stands there plain. */
export function LazyMarkdown({ children }: { children: string }) {
  return (
    <Suspense fallback={withoutSigns(children)}>
      <Markdown>{children}</Markdown>
    </Suspense>
  )
}

/** Near to what will be shown, so that the page does not jump: the words without Markdown's signs. */
function withoutSigns(text: string): string {
  return text.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/(\*\*|__|`|^#+ )/gm, '')
}
