export interface Device {
  /** What the program calls itself: `Firefox 128`, `curl`. */
  readonly program: string
  /** `Windows`, where the program says so. */
  readonly system: string | undefined
  readonly kind: 'computer' | 'phone' | 'program' | 'unknown'
}

/** Which browsers hide behind which words; the first that fits is it, since later ones are imitated. */
const browsers: readonly (readonly [string, RegExp])[] = [
  ['Edge', /\bEdg(?:e|A|iOS)?\/(\d+)/],
  ['Opera', /\b(?:OPR|OPX|OPT)\/(\d+)/],
  ['Vivaldi', /\bVivaldi\/(\d+)/],
  ['Samsung Internet', /\bSamsungBrowser\/(\d+)/],
  ['Firefox', /\b(?:Firefox|FxiOS)\/(\d+)/],
  ['Chrome', /\b(?:HeadlessChrome|Chrome|CriOS|Chromium)\/(\d+)/],
  ['Safari', /\bVersion\/(\d+)\S* (?:Mobile\/\S+ )?Safari\//],
]

const systems: readonly (readonly [string, RegExp])[] = [
  ['Windows', /\bWindows NT\b/],
  ['iPadOS', /\biPad\b/],
  ['iOS', /\b(?:iPhone|iPod)\b/],
  ['Android', /\bAndroid\b/],
  ['ChromeOS', /\bCrOS\b/],
  ['macOS', /\bMac(?:intosh| OS X)\b/],
  ['Linux', /\bLinux\b/],
]

const phones = ['iOS', 'iPadOS', 'Android']

/** Reads a User-Agent header (RFC 9110, 10.1.5) no further than it can be trusted. */
export function deviceOf(userAgent: string): Device {
  const system = systems.find(([, pattern]) => pattern.test(userAgent))?.[0]
  for (const [name, pattern] of browsers) {
    const version = pattern.exec(userAgent)?.[1]
    if (version === undefined) continue
    const kind = system !== undefined && phones.includes(system) ? 'phone' : 'computer'
    return { program: `${name} ${version}`, system, kind }
  }
  if (userAgent.startsWith('Go-http-client/')) {
    return { program: 'Command line', system: undefined, kind: 'program' }
  }
  const product = /^([A-Za-z][\w.-]{0,39})(?:\/|$)/.exec(userAgent)?.[1]
  if (product === undefined || product === 'Mozilla') {
    return { program: 'Unknown browser', system, kind: 'unknown' }
  }
  return { program: product, system, kind: 'program' }
}

/** `Firefox 128 on Windows`. */
export function deviceName(userAgent: string): string {
  const { program, system } = deviceOf(userAgent)
  return system === undefined ? program : `${program} on ${system}`
}
