import { Duplex } from 'node:stream'
import { PortClosed, ProviderFailure, type Running } from '../provider.ts'
import { execIn } from './command.ts'
import type { Engine } from './engine.ts'

const closed = 9
const noProgram = 8

/** Looks whether anything listens, says so, and becomes whatever in the image can carry bytes. */
const script = `
port=$1
hex=$(printf '%04X' "$port")
listens() { grep -qis "$2:$hex [0-9A-F]*:0000 0A" "/proc/net/$1"; }
# Of IPv6 only what is not IPv4 in its clothes.
if listens tcp; then host=127.0.0.1
elif listens tcp6 ' [01]*'; then host=::1
elif listens tcp6; then host=127.0.0.1
else exit ${closed}; fi
has() { command -v "$1" >/dev/null 2>&1; }
if has python3; then echo >&2; exec python3 -c "$2" "$host" "$port" 2>/dev/null; fi
if has perl; then echo >&2; exec perl -e "$3" "$host" "$port" 2>/dev/null; fi
if has nc; then echo >&2; exec nc "$host" "$port" 2>/dev/null; fi
if has bash; then
  echo >&2
  exec bash -c 'exec 3<>"/dev/tcp/$0/$1" || exit; { cat >&3; } <&0 & cat <&3; kill $!' "$host" "$port" 2>/dev/null
fi
exit ${noProgram}
`

const python = `
import os, socket, sys, threading
s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
def up():
    while True:
        b = os.read(0, 65536)
        if not b: break
        s.sendall(b)
    s.shutdown(socket.SHUT_WR)
threading.Thread(target=up, daemon=True).start()
while True:
    b = s.recv(65536)
    if not b: break
    while b: b = b[os.write(1, b):]
`

const perl = `
use IO::Socket::IP; use IO::Select;
my $s = IO::Socket::IP->new(PeerHost => $ARGV[0], PeerPort => $ARGV[1]) or exit 1;
my $w = IO::Select->new($s, \\*STDIN);
sub put { my ($h, $b) = @_; while (length $b) { my $n = syswrite($h, $b); exit 1 unless defined $n; substr($b, 0, $n) = "" } }
while (1) { for my $r ($w->can_read) {
  my $n = sysread($r, my $b, 65536);
  if ($r == $s) { exit 0 unless $n; put(\\*STDOUT, $b) }
  elsif ($n) { put($s, $b) }
  else { $w->remove($r); shutdown($s, 1) }
} }
`

/** Connects through a program of the image, in the container, to where the engine alone reaches. */
export async function dialByRelay(
  engine: Engine,
  workspaceId: string,
  port: number,
): Promise<Duplex> {
  const running = await execIn(engine, workspaceId, {
    argv: ['sh', '-c', script, 'sh', String(port), python, perl],
    cwd: '/',
  })
  if (await begins(running)) return joined(running)
  running.stdin.end()
  running.stdout.resume()
  const code = await running.exit
  if (code === closed) throw new PortClosed(`Nothing listens on port ${port}.`)
  throw new ProviderFailure(
    'failed',
    code === noProgram
      ? 'The image has none of python3, perl, nc and bash, of which one is needed to reach its ports: add one.'
      : `Port ${port} of the workspace could not be reached (${code}).`,
  )
}

/** The first byte on stderr says that the port is open; its end without one, that it is not. */
function begins({ stderr }: Running): Promise<boolean> {
  return new Promise((resolve) => {
    stderr.once('data', () => {
      resolve(true)
    })
    stderr.once('end', () => {
      resolve(false)
    })
  })
}

/** The input and output of a program as one stream; its end is that of the program. */
function joined(running: Running): Duplex {
  const { stdin, stdout } = running
  const duplex = new Duplex({
    allowHalfOpen: true,
    read: () => {
      stdout.resume()
    },
    write: (chunk: Buffer, _encoding, done) => {
      if (stdin.write(chunk)) done()
      else stdin.once('drain', done)
    },
    final: (done) => {
      stdin.end(done)
    },
    destroy: (error, done) => {
      stdin.destroy()
      running.kill().then(
        () => {
          done(error)
        },
        () => {
          done(error)
        },
      )
    },
  })
  stdout.on('data', (chunk: Buffer) => {
    if (!duplex.push(chunk)) stdout.pause()
  })
  stdout.once('end', () => {
    duplex.push(null)
  })
  running.exit.catch((error: unknown) => {
    duplex.destroy(error instanceof Error ? error : new Error(String(error)))
  })
  stdin.on('error', () => undefined)
  return duplex
}
