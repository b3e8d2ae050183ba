// Who waits to be handed over. Pure: it is told what happened and says what to do; clock and sockets are the caller's.
//
// One at a time, since Node's own queue sends all that wait again after each answer. The time that the program may take
// for one is counted in turns of this process: a PeerTube that stood still for seconds must not blame the program.

export const MOST = 4096
export const TURNS = 20
const LOSSES = 3
const LOSSES_WITHIN = 600_000

export class Queue<T> {
  #waiting: T[] = []
  #head = 0
  #flight: { id: number; item: T; turns: number } | undefined
  #next = 1

  get length(): number {
    return this.#waiting.length - this.#head
  }

  get inFlight(): T | undefined {
    return this.#flight?.item
  }

  /** Takes one into the queue; false: it is full. */
  offer(item: T): boolean {
    if (this.length >= MOST) return false
    this.#waiting.push(item)
    return true
  }

  /** The next one to be handed over, with its number, if none is under way. Those who are gone are passed over. */
  take(alive: (item: T) => boolean): { id: number; item: T } | undefined {
    while (!this.#flight && this.length > 0) {
      const item = this.#waiting[this.#head] as T
      this.#head += 1
      if (this.#head > 1024 && this.#head * 2 > this.#waiting.length) {
        this.#waiting = this.#waiting.slice(this.#head)
        this.#head = 0
      }
      if (!alive(item)) continue
      this.#flight = { id: this.#next, item, turns: 0 }
      this.#next += 1
      return { id: this.#flight.id, item }
    }
    return undefined
  }

  /** The program has answered; false: not for the one that is under way. */
  answered(id: number): boolean {
    if (this.#flight?.id !== id) return false
    this.#flight = undefined
    return true
  }

  /** A turn has run. True: the one under way has waited for too many. */
  turn(): boolean {
    if (!this.#flight) return false
    this.#flight.turns += 1
    return this.#flight.turns >= TURNS
  }

  /** The channel is lost: gives the one under way and those who wait. */
  empty(): { flight: T | undefined; waiting: T[] } {
    const lost = { flight: this.#flight?.item, waiting: this.#waiting.slice(this.#head) }
    this.#flight = undefined
    this.#waiting = []
    this.#head = 0
    return lost
  }
}

/** How often the channel was lost of late. */
export class Losses {
  #at: number[] = []

  /** Notes a loss at that time (ms). True: it happens too often to go on with handing over. */
  note(now: number): boolean {
    this.#at = [...this.#at.filter((at) => now - at < LOSSES_WITHIN), now]
    return this.#at.length >= LOSSES
  }
}
