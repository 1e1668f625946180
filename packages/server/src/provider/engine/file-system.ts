import { rmSync, statSync } from 'node:fs'
import { open, truncate } from 'node:fs/promises'
import { ProviderFailure, type Report } from '../provider.ts'
import { runHere } from './local.ts'

/** Makes a sparse file with an empty ext4 of this size; what is in the file now is lost. */
export async function makeFileSystem(file: string, bytes: number): Promise<void> {
  rmSync(file, { force: true })
  const handle = await open(file, 'w', 0o600)
  await handle.truncate(bytes)
  await handle.close()
  // Nothing is zeroed that is a hole already.
  const options = 'lazy_itable_init=1,lazy_journal_init=1,nodiscard'
  try {
    await runHere('mke2fs', ['-q', '-F', '-t', 'ext4', '-m', '0', '-E', options, file])
    // Podman fills a new home from the image only where it is empty.
    await runHere('debugfs', ['-w', '-R', 'rmdir lost+found', file])
  } catch (error) {
    throw new ProviderFailure('resources', `No home could be made: ${messageOf(error)}`, {
      cause: error,
    })
  }
}

/** Afterwards the ext4 in the file is at least of this size; it is not mounted. */
export async function growFileSystem(file: string, bytes: number, report: Report): Promise<void> {
  if ((await sizeOfFileSystem(file)) >= bytes) return
  report('Making the home larger')
  if (statSync(file).size < bytes) await truncate(file, bytes)
  try {
    // 1: errors were corrected.
    await runHere('e2fsck', ['-f', '-p', file], [0, 1])
    await runHere('resize2fs', [file])
  } catch (error) {
    throw new ProviderFailure('failed', `The home could not be made larger: ${messageOf(error)}`, {
      cause: error,
    })
  }
}

/** Bytes, as the superblock says: rounded down to whole blocks. */
async function sizeOfFileSystem(file: string): Promise<number> {
  const handle = await open(file, 'r')
  try {
    const superblock = Buffer.alloc(1024)
    await handle.read(superblock, 0, 1024, 1024)
    const blocks = superblock.readUInt32LE(0x150) * 2 ** 32 + superblock.readUInt32LE(4)
    return blocks * (1024 << superblock.readUInt32LE(24))
  } finally {
    await handle.close()
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
