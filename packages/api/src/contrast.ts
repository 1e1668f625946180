/** The contrast that text of any size needs (WCAG 2.2, 1.4.3). */
export const minimumContrast = 4.5

/** The contrast of two colours such as `#1864ab`, from 1 to 21 (WCAG 2.2, contrast ratio). */
export function contrastRatio(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a)
  return (light + 0.05) / (dark + 0.05)
}

/** Black or white, whichever is legible on the background; where both are, the one nearer to `wanted`. */
export function legibleTextColor(background: string, wanted: string): '#000000' | '#ffffff' {
  const nearWhite = luminance(wanted) > 0.18
  const preferred = nearWhite ? '#ffffff' : '#000000'
  const other = nearWhite ? '#000000' : '#ffffff'
  return contrastRatio(preferred, background) >= minimumContrast ? preferred : other
}

/** Relative luminance of an sRGB colour: 0 for black, 1 for white. */
function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((start) => {
    const channel = Number.parseInt(color.slice(start, start + 2), 16) / 255
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
