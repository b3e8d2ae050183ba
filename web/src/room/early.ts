// What is told of messages that are not here: reactions, retractions and corrections wait for the page of the archive that
// brings what they are about.
//
// Enters: events, each with the id it is about. Leaves: those about one id, in their order. It is bounded however many ids
// there are, and however much is said of one.

import type { RoomEvent, Sender } from './read'

/** Most events that wait for one message. */
const MOST = 100

/** What somebody did. */
export type Deed = Extract<RoomEvent, { readonly sender: Sender }>

export class Early {
  readonly #waiting = new Map<string, Map<string, Deed>>()

  /** @param limit most messages that something waits for */
  constructor(private readonly limit: number) {}

  /** Keeps an event, in place of what it makes void. */
  keep(target: string, event: Deed): void {
    const waiting = this.#waiting.get(target) ?? new Map<string, Deed>()
    this.#waiting.set(target, waiting)
    const key = keyOf(event)
    waiting.delete(key)
    waiting.set(key, event)
    // That a message was taken back counts for more than who liked it.
    const all = waiting.size > MOST ? [...waiting] : []
    const surplus = all.find(([, one]) => one.kind === 'reacted') ?? all[0]
    if (surplus) waiting.delete(surplus[0])
    for (const first of this.#waiting.keys()) {
      if (this.#waiting.size <= this.limit) break
      this.#waiting.delete(first)
    }
  }

  /** Gives what waited for a message, and keeps it no longer. */
  take(target: string): readonly Deed[] {
    const waiting = this.#waiting.get(target)
    this.#waiting.delete(target)
    return [...(waiting?.values() ?? [])]
  }

  /** What came with an older page goes before what is here. */
  before(older: Early): void {
    const newer = [...this.#waiting]
    this.#waiting.clear()
    for (const all of [older.#waiting, newer]) {
      for (const [target, waiting] of all) for (const event of waiting.values()) this.keep(target, event)
    }
  }

  clear(): void {
    this.#waiting.clear()
  }
}

/** Of the reactions of somebody the last counts; each correction stands for itself. */
function keyOf(event: Deed): string {
  return `${event.kind}/${event.sender.occupantId ?? event.sender.nick}/${event.kind === 'said' ? (event.stanzaId ?? event.id) : ''}`
}
