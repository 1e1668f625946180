import { AnchorLink } from '../navigation/links.tsx'

/** The mark and the name; leads home. */
export function Logo() {
  return (
    <AnchorLink to="/" underline="never" className="logo" aria-label="Atelier, home page">
      <LogoMark />
      <span className="logo-name">Atelier</span>
    </AnchorLink>
  )
}

/** The mark alone, for pages outside the frame. */
export function LogoMark({ size = 26 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="#1864ab" />
      <path
        d="M8.5 24 16 7.5 23.5 24M11.4 18.5h9.2"
        fill="none"
        stroke="#fff"
        strokeWidth="3"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  )
}
