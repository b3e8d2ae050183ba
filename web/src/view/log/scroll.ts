// Where the reader is: at the end, where new messages come into view, or further up, where nothing may move.
//
// While at the end no layout is read: the view is put to the end once a frame. Further up the first message in view is
// the anchor, and stays where it is to the pixel, whatever happens above it. So does a message that somebody is about to
// act on, wherever they are (log/aim.ts).

/** What of a scroller matters. */
export interface Place {
  readonly top: number
  readonly height: number
  readonly client: number
}

/** As near as that to the end, in pixels at the usual text size, one is at the end. */
const NEAR = 48
/** For so long after the reader has touched anything that scrolls, the view moves because of them, in milliseconds. */
const ACTED = 1_000
/** What the reader scrolls by: keys, a finger, the scrollbar; the wheel beside them. */
const ACTS = ['keydown', 'pointerdown', 'pointermove', 'touchmove'] as const
/** Older messages are asked for that far ahead. */
const AHEAD = 1_000

/** Whether one is at the end now; `before` is where the view was, and whether that was the end. */
export function isPinned(now: Place, before: { readonly top: number; readonly pinned: boolean }): boolean {
  const rest = now.height - now.client - now.top
  if (rest <= 2) return true
  // Going up is leaving, even if only a little; coming down near the end is arriving.
  if (now.top < before.top - 1) return false
  if (now.top > before.top + 1) return rest <= NEAR
  return before.pinned
}

/** How far to scroll a view for a row to be in it, or in its middle. A row that is taller than the view may cover it. */
export function distance(row: Edges, view: Edges, block: 'nearest' | 'center'): number {
  const [above, below] = [row.top - view.top, row.bottom - view.bottom]
  if (block === 'center') return (above + below) / 2
  if (above * below <= 0) return 0
  return Math.abs(above) < Math.abs(below) ? above : below
}

type Edges = Pick<DOMRect, 'top' | 'bottom'>

/** What stays where it is. */
export interface Anchor {
  readonly element: Element
  /** From the upper edge of what scrolls, in pixels. */
  readonly top: number
}

export class Scroll {
  pinned = true
  /** Goes before the end and the usual anchor, until the reader scrolls. */
  held: Anchor | undefined
  #top = 0
  #acted = -Infinity
  #anchor: Anchor | undefined
  readonly #resize: ResizeObserver

  /**
   * @param scroller what scrolls
   * @param list what is in it
   * @param told that one has arrived at the end, or left it
   * @param near told that the beginning is near
   */
  constructor(
    readonly scroller: HTMLElement,
    private readonly list: HTMLElement,
    private readonly told: () => void,
    private readonly near: () => void,
  ) {
    scroller.addEventListener('scroll', this.#scrolled, { passive: true })
    scroller.addEventListener('wheel', this.#wheel, { passive: true })
    for (const act of ACTS) scroller.addEventListener(act, this.#act, { passive: true })
    this.#resize = new ResizeObserver(() => {
      if (this.#follows) this.toEnd()
      else this.#restore(this.held ?? this.#anchor)
    })
    this.#resize.observe(scroller)
    this.#resize.observe(list)
  }

  forget(): void {
    this.#resize.disconnect()
  }

  /** Changes what is in the list, and keeps the view. */
  keep(change: () => void): void {
    // At the end the list tells of its size when the frame has been laid out; asking here would lay it out once more.
    if (this.#follows) return change()
    const anchor = this.held ?? this.#find()
    change()
    this.#restore(anchor)
  }

  get #follows(): boolean {
    return this.pinned && !this.held
  }

  /** Goes to the end. */
  toEnd(): void {
    // More than there is: what there is need not be measured.
    this.scroller.scrollTop = 1e7
  }

  pin(): void {
    const was = this.pinned
    this.pinned = true
    this.held = undefined
    this.toEnd()
    if (!was) this.told()
  }

  unpin(): void {
    if (!this.pinned) return
    this.pinned = false
    this.#anchor = this.#find()
    this.told()
  }

  /** Brings an element into view, or to its middle, and leaves the end if it is not there. Nothing else is scrolled: the page is not ours. */
  reveal(element: Element, block: 'nearest' | 'center' = 'nearest'): void {
    this.#act()
    this.scroller.scrollTop += distance(element.getBoundingClientRect(), this.scroller.getBoundingClientRect(), block)
    this.#look()
  }

  /** Whether older messages are to be there before they are seen. */
  get isNearStart(): boolean {
    return this.scroller.scrollTop < AHEAD
  }

  #find(): Anchor | undefined {
    const edge = this.scroller.getBoundingClientRect().top
    const { children } = this.list
    // The rows are in order: half of those left is looked at with each step.
    let [low, high] = [0, children.length - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((children[middle]?.getBoundingClientRect().bottom ?? 0) > edge) high = middle
      else low = middle + 1
    }
    const element = children[low]
    return element && { element, top: element.getBoundingClientRect().top - edge }
  }

  #restore(anchor: Anchor | undefined): void {
    if (!anchor?.element.isConnected) return
    const edge = this.scroller.getBoundingClientRect().top
    const moved = anchor.element.getBoundingClientRect().top - edge - anchor.top
    if (Math.abs(moved) >= 0.5) this.scroller.scrollTop += moved
    this.#top = this.scroller.scrollTop
  }

  #look(): void {
    const { scrollTop: top, scrollHeight: height, clientHeight: client } = this.scroller
    const was = this.pinned
    if (Math.abs(top - this.#top) > 1) this.held = undefined
    this.pinned = isPinned({ top, height, client }, { top: this.#top, pinned: was })
    this.#top = top
    // Messages that come, go and take their size move the view as well: only the reader leaves the end.
    if (was && !this.pinned && performance.now() - this.#acted > ACTED) {
      this.pinned = true
      return this.toEnd()
    }
    this.#anchor = this.pinned ? undefined : this.#find()
    if (was !== this.pinned) this.told()
    // At the end there is nothing older to see, however little of the history has arrived yet.
    if (!this.pinned && this.isNearStart) this.near()
  }

  readonly #act = (): void => {
    this.#acted = performance.now()
  }

  readonly #scrolled = (): void => this.#look()

  readonly #wheel = (event: WheelEvent): void => {
    // At once, before a message that comes in this frame takes the view back.
    this.held = undefined
    if (event.deltaY >= 0) return
    if (this.scroller.scrollTop > 0) this.unpin()
    // Where all there is fits into the view, nothing scrolls.
    else this.near()
  }
}
