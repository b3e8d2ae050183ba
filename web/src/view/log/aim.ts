// What one is about to act on stays where it is: between looking at a message and pressing there others come, and the press
// would be for another one. So while a pointer moves over the messages, a finger rests there or a menu is open, the view does
// not follow the end; then it goes there again.

import type { Scroll } from './scroll'

/** For so long after the pointer has moved, in milliseconds. One that lies there only must not stop the chat. */
const MOVED = 1_000
/** The same where the pointer has reached the tools of a message, or a finger has called them. */
const REACHED = 5_000

export class Aim {
  #timer: ReturnType<typeof setTimeout> | undefined
  /** Whether a menu is open. */
  #kept = false

  constructor(
    private readonly reading: Scroll,
    private readonly list: HTMLElement,
  ) {}

  /** Somebody has moved to a row. */
  take(row: Element, reached = false): void {
    this.#hold(row)
    if (!this.#kept) this.#wait(reached ? REACHED : MOVED)
  }

  /** Something is open at a row: it stays until `closed`. */
  keep(row: Element): void {
    this.#kept = true
    clearTimeout(this.#timer)
    this.#hold(row)
  }

  /** It is not open any more: it may be a press on another row that has closed it. */
  closed(): void {
    this.#kept = false
    this.#wait(MOVED)
  }

  /** Nobody points there any more. */
  readonly drop = (): void => {
    if (this.#kept) return
    clearTimeout(this.#timer)
    const { reading } = this
    this.list.style.marginBlockStart = ''
    reading.held = undefined
    if (reading.pinned) reading.toEnd()
  }

  #wait(time: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(this.drop, time)
  }

  #hold(row: Element): void {
    const { held, scroller } = this.reading
    if (held?.element === row) return
    // A few messages stand at the foot of the view, and nothing can be scrolled: they grow downwards now.
    this.list.style.marginBlockStart ||= getComputedStyle(this.list).marginBlockStart
    this.reading.held = { element: row, top: row.getBoundingClientRect().top - scroller.getBoundingClientRect().top }
  }
}
