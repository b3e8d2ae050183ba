// The pictures that people write as `:name:` in the rooms of a channel. They lie in the plugin's data directory, one folder for
// each channel, under the name and the hash of what is in them, so that browsers may keep them for ever.
//
// Enters: bytes that somebody sent, which are a picture only if they begin like one. Never: a path that somebody chose.

import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { Turns } from './turns'

/** How many a channel may have, and how many bytes each. */
export const MOST_EMOJI = 200
export const MOST_BYTES = 30 * 1024

const TYPES = { png: 'image/png', gif: 'image/gif', jpg: 'image/jpeg', webp: 'image/webp' } as const
type Kind = keyof typeof TYPES

const FILE = /^([A-Za-z0-9_-]{1,40})\.([0-9a-f]{16})\.(png|gif|jpg|webp)$/

/** What a picture is, by how it begins. Pure. */
export function kindOf(bytes: Buffer): Kind | undefined {
  const begins = (text: string, at = 0): boolean => bytes.subarray(at, at + text.length).toString('latin1') === text
  if (begins('\x89PNG\r\n\x1a\n')) return 'png'
  if (begins('GIF87a') || begins('GIF89a')) return 'gif'
  if (begins('\xff\xd8\xff')) return 'jpg'
  if (begins('RIFF') && begins('WEBP', 8)) return 'webp'
  return undefined
}

/** Whether that can stand between the colons. */
export const isName = (name: string): boolean => /^[A-Za-z0-9_-]{1,40}$/.test(name)

export type Outcome = 'kept' | 'name' | 'picture' | 'size' | 'many'

export class Emoji {
  /** So that the bound holds. */
  readonly #turns = new Turns()
  readonly #known = new Map<number, Promise<Map<string, string>>>()

  constructor(private readonly directory: string) {}

  /** Its pictures: the file of each name, in the order of the names. */
  of(channel: number): Promise<ReadonlyMap<string, string>> {
    let known = this.#known.get(channel)
    if (!known) {
      known = this.#read(channel)
      this.#known.set(channel, known)
    }
    return known
  }

  /** Keeps a picture under that name, instead of the one that it had. */
  add(channel: number, name: string, bytes: Buffer): Promise<Outcome> {
    return this.#change(channel, async () => {
      const kind = kindOf(bytes)
      if (!isName(name)) return 'name'
      if (bytes.length > MOST_BYTES) return 'size'
      if (!kind) return 'picture'
      const all = await this.#read(channel)
      const before = all.get(name)
      if (!before && all.size >= MOST_EMOJI) return 'many'
      const file = `${name}.${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}.${kind}`
      await mkdir(this.#folder(channel), { recursive: true })
      await writeFile(join(this.#folder(channel), file), bytes)
      if (before && before !== file) await rm(join(this.#folder(channel), before), { force: true })
      return 'kept'
    })
  }

  remove(channel: number, name: string): Promise<void> {
    return this.#change(channel, async () => {
      const file = (await this.#read(channel)).get(name)
      if (file) await rm(join(this.#folder(channel), file), { force: true })
    })
  }

  /** The channel is gone. */
  removeAll(channel: number): Promise<void> {
    return this.#change(channel, () => rm(this.#folder(channel), { recursive: true, force: true }))
  }

  /** A picture's bytes and what they are; `undefined`: there is no such picture. */
  async file(channel: number, file: string): Promise<{ bytes: Buffer; type: string } | undefined> {
    const kind = FILE.exec(file)?.[3] as Kind | undefined
    if (!kind) return undefined
    try {
      return { bytes: await readFile(join(this.#folder(channel), file)), type: TYPES[kind] }
    } catch {
      return undefined
    }
  }

  async #read(channel: number): Promise<Map<string, string>> {
    const files = await readdir(this.#folder(channel)).catch(() => [])
    return new Map(files.sort().flatMap((file) => {
      const name = FILE.exec(file)?.[1]
      return name === undefined ? [] : [[name, file] as const]
    }))
  }

  #folder(channel: number): string {
    return join(this.directory, 'emoji', String(channel))
  }

  #change<T>(channel: number, work: () => Promise<T>): Promise<T> {
    return this.#turns.take(String(channel), work).finally(() => this.#known.delete(channel))
  }
}
