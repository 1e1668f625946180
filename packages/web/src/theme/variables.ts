import type { CSSVariablesResolver, MantineTheme } from '@mantine/core'

/** Our own tokens (`--at-…`), and the few of Mantine's that fall short of WCAG AA contrast. */
export const variables: CSSVariablesResolver = (theme) => ({
  variables: {
    '--at-bar-height': '3.25rem',
    '--at-page-width': '78rem',
  },
  light: {
    '--at-canvas': '#f6f7f9',
    '--at-surface': '#ffffff',
    '--at-sunken': '#f1f3f6',
    '--at-terminal': '#ffffff',
    '--at-hover': '#f3f5f8',
    '--at-border': '#e3e7ed',
    '--at-control-border': '#848f9f',
    '--at-shadow': '0 1px 2px rgb(24 32 42 / 5%)',
    '--at-good': '#1d6f42',
    '--at-bad': '#b42318',
    '--at-warn': '#8a4b00',
    '--at-bad-surface': '#fef3f2',
    '--at-bad-border': '#f0b9b3',
    '--at-warn-surface': '#fff7e8',
    '--at-warn-border': '#ecc98b',
    '--mantine-color-body': '#ffffff',
    '--mantine-color-dimmed': '#4d5866',
    '--mantine-color-placeholder': '#5a6574',
    '--mantine-color-error': '#b42318',
    '--mantine-color-anchor': '#1864ab',
    '--mantine-color-default-border': '#d3d9e1',
    '--mantine-color-disabled': '#eef0f4',
    '--mantine-color-disabled-color': '#5a6574',
    ...tints(theme, (color) => ({
      background: `color-mix(in srgb, var(--mantine-color-${color}-6) 11%, #fff)`,
      ink: `color-mix(in srgb, var(--mantine-color-${color}-9) 68%, #000)`,
    })),
  },
  dark: {
    '--at-canvas': '#0d1117',
    '--at-surface': '#141a22',
    '--at-sunken': '#10151c',
    '--at-terminal': '#0d1117',
    '--at-hover': '#1a212b',
    '--at-border': '#28303b',
    '--at-control-border': '#647081',
    '--at-shadow': 'none',
    '--at-good': '#6fcf97',
    '--at-bad': '#ff9a90',
    '--at-warn': '#f2c063',
    '--at-bad-surface': '#2a1716',
    '--at-bad-border': '#6b312c',
    '--at-warn-surface': '#271e0e',
    '--at-warn-border': '#614a1c',
    '--mantine-color-body': '#141a22',
    '--mantine-color-dimmed': '#a9b3c0',
    '--mantine-color-placeholder': '#97a2b0',
    '--mantine-color-error': '#ff9a90',
    '--mantine-color-anchor': '#79b0e0',
    '--mantine-color-default-border': '#3a4452',
    '--mantine-color-disabled': '#1d242d',
    '--mantine-color-disabled-color': '#97a2b0',
    ...tints(theme, (color) => ({
      background: `color-mix(in srgb, var(--mantine-color-${color}-6) 20%, #141a22)`,
      ink: `var(--mantine-color-${color}-2)`,
    })),
  },
})

/** Pale backgrounds for badges, alerts and avatars, with an ink that reaches 4.5:1 on them. */
function tints(
  theme: MantineTheme,
  mix: (color: string) => { background: string; ink: string },
): Record<string, string> {
  return Object.fromEntries(
    Object.keys(theme.colors).flatMap((color) => {
      const { background, ink } = mix(color)
      return [
        [`--mantine-color-${color}-light`, background],
        [`--mantine-color-${color}-light-color`, ink],
      ]
    }),
  )
}
