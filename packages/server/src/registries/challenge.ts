/** What a registry asks for before it answers (RFC 7235, and the token specification of Docker). */
export type Challenge =
  | { readonly scheme: 'basic' }
  | {
      readonly scheme: 'bearer'
      readonly realm: string
      readonly service: string | undefined
      readonly scope: string | undefined
    }

const schemes = /(?:^|,)\s*(basic|bearer)(?=\s|$|,)/gi
const parameters = /([a-z_]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/gi

/** Reads `WWW-Authenticate`; a token is preferred to sending the password with every request. */
export function parseChallenge(header: string | undefined): Challenge | undefined {
  const starts = [...(header ?? '').matchAll(schemes)]
  const challenges = starts.map((start, index) => {
    const text = (header ?? '').slice(start.index + start[0].length, starts[index + 1]?.index)
    const values = new Map(
      [...text.matchAll(parameters)].map(([, name = '', quoted, plain]) => [
        name.toLowerCase(),
        quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '',
      ]),
    )
    return { scheme: start[1]?.toLowerCase(), values }
  })
  const values = challenges.find(({ scheme }) => scheme === 'bearer')?.values
  const realm = values?.get('realm')
  if (realm !== undefined) {
    return { scheme: 'bearer', realm, service: values?.get('service'), scope: values?.get('scope') }
  }
  return challenges.some(({ scheme }) => scheme === 'basic') ? { scheme: 'basic' } : undefined
}
