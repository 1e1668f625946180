// Contacts a registry from a process of its own, since certificates to trust are read at its start:
// `NODE_EXTRA_CA_CERTS=… node --import tsx test/registry-ping.ts <address>`.
import { networksOf } from '../src/outbound/networks.ts'
import { OutboundFailure } from '../src/outbound/failures.ts'
import { parseAddress } from '../src/registries/address.ts'
import { openRegistry } from '../src/registries/oci.ts'

const address = parseAddress(process.argv[2] ?? '')
if (address === undefined) throw new Error('Name the address of a registry')
try {
  await openRegistry({
    address,
    credentials: undefined,
    networks: networksOf(['127.0.0.1']),
    milliseconds: 20_000,
  }).ping()
  process.stdout.write('ok')
} catch (error) {
  if (!(error instanceof OutboundFailure)) throw error
  process.stdout.write(`${error.result}: ${error.message}`)
}
