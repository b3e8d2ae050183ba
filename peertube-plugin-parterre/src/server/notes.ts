// What each room was told last, so that it is told only what PeerTube has changed since, and what its owner has set in it or in its
// lists stays. A file for each room, in the plugin's data directory: what is noted of rooms lies where they lie.
//
// Enters: what a room is to be. Leaves: what of that it has not been told yet. Never: a name that is no room's.

import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { Affiliation, Fields } from './api'

/** Accounts in a room's lists by word of PeerTube. */
export type Staff = ReadonlyMap<string, 'owner' | 'admin'>

export interface Note {
  readonly fields: Fields
  readonly staff: Staff
}

/** Of a room that was not made here nothing is known; what closes it is told, and what its owner has closed is not opened. */
export const STRANGE: Note = { fields: { 'muc#roomconfig_membersonly': false, 'muc#roomconfig_moderatedroom': false }, staff: new Map() }

/** The fields that a room has not been told so. Pure. */
export function untold(wanted: Fields, told: Fields): Fields {
  return Object.fromEntries(Object.entries(wanted).filter(([name, value]) => told[name] !== value))
}

const RANK: Record<Affiliation, number> = { outcast: 0, none: 1, member: 2, admin: 3, owner: 4 }

/**
 * What to change in a room's lists, which was told `told` and is to be told `wanted`. What somebody in the room has given or taken since
 * stays, unless PeerTube gives more; who is named in neither keeps what they are. Pure.
 */
export function appointments(told: Staff, wanted: Staff, held: (name: string) => Affiliation): [string, Affiliation][] {
  const names = [...new Set([...told.keys(), ...wanted.keys()])].filter((name) => told.get(name) !== wanted.get(name))
  return names.flatMap((name): [string, Affiliation][] => {
    const [now, is] = [wanted.get(name), held(name)]
    return is === told.get(name) || (now && RANK[is] < RANK[now]) ? [[name, now ?? 'none']] : []
  })
}

export class Notes {
  readonly #folder: string

  constructor(directory: string) {
    this.#folder = join(directory, 'told')
  }

  /** What the room was told last; of one that was told nothing, {@link STRANGE}. */
  async of(room: string): Promise<Note> {
    try {
      const { fields, staff } = JSON.parse(await readFile(this.#file(room), 'utf8')) as { fields: Fields; staff: [string, 'owner' | 'admin'][] }
      return { fields, staff: new Map(staff) }
    } catch {
      // None, or one that was cut off: what is told again does no harm.
      return STRANGE
    }
  }

  async keep(room: string, { fields, staff }: Note): Promise<void> {
    await mkdir(this.#folder, { recursive: true })
    const next = `${this.#file(room)}.next`
    await writeFile(next, JSON.stringify({ fields, staff: [...staff] }))
    await rename(next, this.#file(room))
  }

  /** The room is gone. */
  async forget(room: string): Promise<void> {
    await rm(this.#file(room), { force: true })
  }

  #file(room: string): string {
    return join(this.#folder, `${room}.json`)
  }
}
