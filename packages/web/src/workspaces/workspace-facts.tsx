import type { Workspace } from '@atelier/api'
import type { ReactNode } from 'react'
import { AnchorLink } from '../navigation/links.tsx'
import { Section } from '../shell/section.tsx'
import { Time } from '../time/time.tsx'
import { lastUsed, sizesText } from './words.ts'

/** What the workspace is. */
export function FactsSection({ workspace }: { workspace: Workspace }) {
  return (
    <Section title="About">
      <dl className="workspace-facts">
        <Fact name="Image">
          <AnchorLink to="/images/$image" params={{ image: workspace.image_id }}>
            {workspace.image.repository}
          </AnchorLink>
          :{workspace.image_tag}
        </Fact>
        <Fact name="Size">{sizesText(workspace)}</Fact>
        <Fact name="Runs on">{workspace.provider.name}</Fact>
        <Fact name="Last used" half>
          <Time value={lastUsed(workspace)} />
        </Fact>
        <Fact name="Last built" half>
          <Time value={workspace.last_built_at} />
        </Fact>
        <Fact name="Created">
          <Time value={workspace.created_at} />
        </Fact>
      </dl>
    </Section>
  )
}

function Fact({
  name,
  half = false,
  children,
}: {
  name: string
  half?: boolean
  children: ReactNode
}) {
  return (
    <div data-half={half || undefined}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}
