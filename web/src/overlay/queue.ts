// Which messages stand over the video at a moment: a function of what came, and when.
//
// Enters: messages as they come, what became of them, and the time. Leaves: the lines to show, oldest first, and when to
// look again. It drops rather than lags, holds a bounded number of lines, and knows no clock of its own.

/** Something to be shown. */
export interface Item {
  readonly key: string
  /** Whose it is; where too much comes, everybody is shown once before anybody is twice. */
  readonly by: string
}

/** A line as it is to be shown now. */
export interface Shown<Of extends Item> {
  readonly item: Of
  /** It came into a calm room, and may be seen to come. */
  readonly calm: boolean
  /** It is on its way out. */
  readonly leaving: boolean
}

export interface Rules {
  readonly limit: number
  /** Milliseconds a line stays; 0: no end. */
  readonly lifetime: number
}

/** Above so many messages a second nothing moves. */
const CALM_RATE = 4
/** Above so many a second they are sampled. */
const MOST_RATE = 10
/** How long a line takes to go, in milliseconds. */
export const FADE = 240
/** Most that wait for their turn, which is a tenth of a second away. */
const MOST_WAITING = 200

interface Slot<Of extends Item> {
  item: Of
  since: number
  calm: boolean
  /** When it began to go. */
  left: number | undefined
}

export class Queue<Of extends Item> {
  #slots: Slot<Of>[] = []
  #waiting: Of[] = []
  /** When the messages of the last second came. */
  #arrivals: number[] = []
  /** How many may be shown now; grows by {@link MOST_RATE} a second. */
  #tokens = MOST_RATE
  #counted = 0

  constructor(private readonly rules: Rules) {}

  /** A message has come. */
  add(item: Of, now: number): void {
    this.#arrivals.push(now)
    if (this.#arrivals.length > MOST_WAITING) this.#arrivals.shift()
    this.#waiting.push(item)
    if (this.#waiting.length > MOST_WAITING) this.#waiting.shift()
  }

  /** Other words stand in its place. */
  replace(item: Of): void {
    this.#waiting = this.#waiting.map((one) => (one.key === item.key ? item : one))
    for (const slot of this.#slots) if (slot.item.key === item.key) slot.item = item
  }

  /** It was taken back: gone, at once. */
  remove(key: string): void {
    this.#waiting = this.#waiting.filter((one) => one.key !== key)
    this.#slots = this.#slots.filter((slot) => slot.item.key !== key)
  }

  clear(): void {
    this.#waiting = []
    this.#slots = []
  }

  /** What is waiting or shown, by key. */
  get items(): readonly Of[] {
    return [...this.#slots.map((slot) => slot.item), ...this.#waiting]
  }

  /** The lines of this moment. */
  at(now: number): readonly Shown<Of>[] {
    this.#arrivals = this.#arrivals.filter((time) => now - time < 1_000)
    const calm = this.#arrivals.length <= CALM_RATE
    this.#tokens = Math.min(MOST_RATE, this.#tokens + ((now - this.#counted) * MOST_RATE) / 1_000)
    this.#counted = now
    for (const item of this.#admit()) this.#slots.push({ item, since: now, calm, left: undefined })
    this.#age(now, calm)
    return this.#slots.map(({ item, calm: quiet, left }) => ({ item, calm: quiet, leaving: left !== undefined }))
  }

  /** When the next line changes by itself; `undefined`: not before something comes. */
  next(now: number): number | undefined {
    const times = this.#slots.flatMap(({ since, left }) => {
      if (left !== undefined) return [left + FADE]
      return this.rules.lifetime > 0 ? [since + this.rules.lifetime] : []
    })
    if (this.#waiting.length > 0) times.push(now + ((1 - Math.min(1, this.#tokens)) * 1_000) / MOST_RATE)
    return times.length > 0 ? Math.min(...times) : undefined
  }

  /** Takes those whose turn it is, and drops the others once something could be shown. */
  #admit(): Of[] {
    const free = Math.floor(this.#tokens)
    if (free === 0 || this.#waiting.length === 0) return []
    const chosen = this.#waiting.length <= free ? this.#waiting : sample(this.#waiting, free)
    this.#tokens -= chosen.length
    this.#waiting = []
    return chosen
  }

  #age(now: number, calm: boolean): void {
    const { limit, lifetime } = this.rules
    let staying = 0
    for (const slot of [...this.#slots].reverse()) {
      if (slot.left !== undefined) continue
      staying += 1
      if (staying > limit || (lifetime > 0 && now - slot.since >= lifetime)) slot.left = now
    }
    this.#slots = this.#slots.filter(({ left }) => left === undefined || (calm && now - left < FADE))
  }
}

/** The newest of each person, then the newest of the others, in the order in which they came. */
function sample<Of extends Item>(items: readonly Of[], most: number): Of[] {
  const newest = [...items].reverse()
  const people = new Set<string>()
  const first = newest.filter(({ by }) => !people.has(by) && people.add(by))
  const firsts = new Set(first)
  const chosen = new Set([...first, ...newest.filter((item) => !firsts.has(item))].slice(0, most))
  return items.filter((item) => chosen.has(item))
}
