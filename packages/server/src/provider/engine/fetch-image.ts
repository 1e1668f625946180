import { createInterface } from 'node:readline'
import { type ImageSource, ProviderFailure, type Report } from '../provider.ts'
import { type EngineClient, EngineFault } from './client.ts'
import type { EngineFacts } from './facts.ts'
import { findImage, referenceOf } from './image.ts'

interface Progress {
  /** Podman. */
  readonly stream?: string
  readonly error?: string
  /** Docker. */
  readonly status?: string
  readonly id?: string
}

/** Afterwards the engine has the image; it pulls what it lacks, and tells how that goes. */
export async function pullImage(
  client: EngineClient,
  facts: EngineFacts,
  image: ImageSource,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted()
  const present = await findImage(client, image).then(
    () => true,
    (error: unknown) => {
      if (error instanceof ProviderFailure && error.code === 'image') {
        if (image.kind === 'registry') return false
      }
      throw error
    },
  )
  if (present || image.kind !== 'registry') return
  const reference = referenceOf(image)
  report(`Pulling ${reference}`)
  const { credentials, plainHttp } = image
  const headers = credentials === undefined ? {} : { 'x-registry-auth': headerOf(credentials) }
  const options = { headers, signal, milliseconds: 0 }
  try {
    const answer =
      facts.software === 'podman'
        ? await client.stream('POST', '/v4.0.0/libpod/images/pull', {
            ...options,
            query: { reference, policy: 'missing', tlsVerify: !plainHttp },
          })
        : await client.stream('POST', '/images/create', {
            ...options,
            query: { fromImage: reference },
          })
    await follow(answer, reference, report)
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof EngineFault)) throw error
    throw failureOf(error.message, image.reference, facts, plainHttp)
  }
  await findImage(client, image)
}

/** RFC 4648, section 5, with the padding that Go demands. */
function headerOf(credentials: object): string {
  return Buffer.from(JSON.stringify(credentials))
    .toString('base64')
    .replaceAll('+', '-')
    .replaceAll('/', '_')
}

async function follow(
  answer: NodeJS.ReadableStream,
  reference: string,
  report: Report,
): Promise<void> {
  let problem: string | undefined
  const told = new Set<string>()
  for await (const line of createInterface({ input: answer })) {
    const progress = readProgress(line)
    if (progress.error !== undefined) problem = progress.error
    const text = (progress.stream ?? withId(progress)).trim()
    // Docker counts bytes in lines of the same words.
    if (text === '' || told.has(text) || text.startsWith(`Trying to pull ${reference}`)) continue
    told.add(text)
    report(text)
  }
  if (problem !== undefined) throw new EngineFault(500, problem)
}

function withId({ id, status = '' }: Progress): string {
  return id === undefined || status === '' ? status : `${id}: ${status}`
}

function readProgress(line: string): Progress {
  try {
    return JSON.parse(line) as Progress
  } catch {
    return {}
  }
}

function failureOf(
  message: string,
  reference: string,
  { software }: EngineFacts,
  plainHttp: boolean,
): ProviderFailure {
  const host = reference.split('/')[0] ?? reference
  const because = reasons.find(({ pattern }) => pattern.test(message))?.sentence(host, reference)
  const insecure =
    software === 'docker' && plainHttp && /HTTP response to HTTPS client|x509|tls:/i.test(message)
      ? `Docker reaches ${host} by https only: add it to insecure-registries in the engine's daemon.json, and restart the engine.`
      : undefined
  return new ProviderFailure(
    'image',
    insecure ?? because ?? `The image ${reference} could not be pulled: ${lastPart(message)}`,
  )
}

interface Reason {
  readonly pattern: RegExp
  readonly sentence: (host: string, reference: string) => string
}

const reasons: readonly Reason[] = [
  {
    pattern: /unauthorized|authentication required|invalid username|denied|status.*40[13]/i,
    sentence: (host) =>
      `${host} did not accept the credentials: correct the user and password of the registry.`,
  },
  {
    pattern: /manifest unknown|not found|name unknown|repository name not known/i,
    sentence: (_host, reference) =>
      `${reference} is not in its registry any more: refresh the tags of the image, or choose another one.`,
  },
  {
    pattern: /HTTP response to HTTPS client/i,
    sentence: (host) =>
      `${host} speaks http only: write http:// before the address of the registry.`,
  },
  {
    pattern: /x509|certificate/i,
    sentence: (host) =>
      `The engine does not trust the certificate of ${host}: give the engine's host the certificate of the authority that signed it.`,
  },
  {
    pattern:
      /no such host|connection refused|i\/o timeout|no route to host|network is unreachable/i,
    sentence: (host) =>
      `The engine cannot reach ${host}: check the registry's address and the network of the engine's host.`,
  },
  {
    pattern: /no space left/i,
    sentence: () => "The disk of the engine's host is full: make room on it.",
  },
]

/** Podman tells the way to the reason before the reason. */
function lastPart(message: string): string {
  return `${message.split(': ').slice(-2).join(': ').replace(/\.$/, '')}.`
}
