// Whose messages a person does not want to see, room by room, kept on their device.
//
// Bounded: whoever was hidden longest ago is seen again. Where nothing can be kept it holds for as long as the page lives.

import { keep, recall } from './preferences'

/** Most people that are kept, of all rooms together. */
export const MOST_HIDDEN = 200
const KEY = 'hidden'

/** Somebody, as a room tells them from others: by occupant id, or by nick where it gives none. */
interface Somebody {
  readonly occupantId: string | undefined
  readonly nick: string
}

type Kept = readonly [room: string, person: string]

export class Hidden {
  readonly #people: Set<string>

  constructor(private readonly room: string) {
    this.#people = new Set(read().filter(([of]) => of === room).map(([, person]) => person))
  }

  has({ occupantId, nick }: Somebody): boolean {
    return this.#people.has(occupantId ?? nick)
  }

  /** Hides somebody, or shows them again, for this visit and the next. */
  set({ occupantId, nick }: Somebody, is: boolean): void {
    const person = occupantId ?? nick
    if (is) this.#people.add(person)
    else this.#people.delete(person)
    // Other tabs have other rooms.
    const others = read().filter(([of, id]) => of !== this.room || id !== person)
    const all: Kept[] = is ? [...others, [this.room, person]] : others
    keep(KEY, all.length > 0 ? JSON.stringify(all.slice(-MOST_HIDDEN)) : undefined)
  }
}

function read(): Kept[] {
  try {
    const kept: unknown = JSON.parse(recall(KEY) ?? '[]')
    return Array.isArray(kept) ? kept.filter(isKept) : []
  } catch {
    return []
  }
}

const isKept = (value: unknown): value is Kept => Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'string')
