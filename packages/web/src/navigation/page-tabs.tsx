import { AnchorLink } from './links.tsx'
import './page-tabs.css'

/** Pages that belong together, as a row of links; the open one is marked. */
export function PageTabs({
  label,
  tabs,
}: {
  label: string
  tabs: readonly { readonly to: string; readonly label: string }[]
}) {
  return (
    <nav aria-label={label} className="page-tabs">
      {tabs.map((tab) => (
        <AnchorLink key={tab.to} to={tab.to} underline="never" className="page-tab">
          {tab.label}
        </AnchorLink>
      ))}
    </nav>
  )
}
