import { Writable } from 'node:stream'

const headerLength = 8

/** Takes an engine's stream of both outputs apart; waits for whoever reads the slower one. */
export function demultiplex(stdout: Writable, stderr: Writable): Writable {
  let header = Buffer.alloc(0)
  /** What is left of the frame, and where it goes. */
  let left = 0
  let target = stdout

  const take = async (chunk: Buffer): Promise<void> => {
    let rest = chunk
    while (rest.length > 0) {
      if (left === 0) {
        const wanted = headerLength - header.length
        header = Buffer.concat([header, rest.subarray(0, wanted)])
        rest = rest.subarray(wanted)
        if (header.length < headerLength) return
        target = header[0] === 2 ? stderr : stdout
        left = header.readUInt32BE(4)
        header = Buffer.alloc(0)
        continue
      }
      const part = rest.subarray(0, left)
      left -= part.length
      rest = rest.subarray(part.length)
      await written(target, part)
    }
  }

  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      take(chunk).then(() => done(), done)
    },
    final(done) {
      stdout.end()
      stderr.end()
      done()
    },
  })
}

function written(target: Writable, part: Buffer): Promise<void> {
  if (target.destroyed || target.write(part)) return Promise.resolve()
  return new Promise((resolve) => {
    const go = () => {
      target.off('drain', go)
      target.off('close', go)
      resolve()
    }
    target.on('drain', go)
    target.on('close', go)
  })
}
