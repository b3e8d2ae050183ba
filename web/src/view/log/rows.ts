// The rows in the document: kept by key, so that a message that comes costs one row, and nothing is drawn anew that has
// not changed. It reads no layout.

import { render } from 'lit'
import type { Palette } from '../../text/colour'
import type { Line } from '../../room/types'
import type { Row } from './plan'
import { classesOf, draw, type Surroundings } from './row'

interface Shown {
  readonly element: HTMLLIElement
  row: Row
  /** Under which surroundings it was drawn. */
  epoch: number
  /** When it was drawn last, in milliseconds. */
  drawn: number
}

/** So many rows at the end are always laid out: whether one that comes is in view need not be found out, which takes a second layout. */
const NEAR = 60
/** Between two changes of nothing but a message's reactions, in milliseconds. */
const REACTIONS_PACE = 500

export class Rows {
  readonly #shown = new Map<string, Shown>()
  /** Grows whenever all has to be drawn anew. */
  epoch = 0
  /** Whether reactions wait for company. Those of the history do not, or it would move under the reader. */
  paced = false

  /**
   * @param list where the rows stand
   * @param around asked for what rows are drawn with, once a row
   * @param palette of the names
   */
  constructor(
    readonly list: HTMLElement,
    private readonly around: () => Surroundings,
    private readonly palette: () => Palette,
  ) {}

  /** Makes the list show those rows. Gives after how many milliseconds something is still to be drawn; 0 for nothing. */
  show(rows: readonly Row[], now: number): number {
    let later = 0
    this.#forget(new Set(rows.map(({ key }) => key)))
    const placed = new Set<string>()
    // Those that go are gone by now, so that whoever stays is where they belong and is not put in again.
    let place = this.list.firstElementChild
    let left = rows.length
    for (const row of rows) {
      left -= 1
      if (placed.has(row.key)) continue
      placed.add(row.key)
      const shown = this.#shown.get(row.key) ?? this.#make(row)
      const wait = this.#update(shown, row, now)
      if (wait > 0) later = later === 0 ? wait : Math.min(later, wait)
      shown.element.toggleAttribute('data-far', left >= NEAR)
      if (place === shown.element) place = place.nextElementSibling
      else this.list.insertBefore(shown.element, place)
    }
    return later
  }

  /** Takes out the rows that are not among those. */
  #forget(kept: ReadonlySet<string>): void {
    for (const [key, { element }] of this.#shown) {
      if (kept.has(key)) continue
      element.remove()
      this.#shown.delete(key)
    }
  }

  /** The element of a row. */
  element(key: string): HTMLLIElement | undefined {
    return this.#shown.get(key)?.element
  }

  /** The row that an element stands for, or stands in. */
  row(target: EventTarget | null): Row | undefined {
    const element = target instanceof Element ? target.closest<HTMLElement>('li[data-key]') : null
    return element ? this.#shown.get(element.dataset['key'] ?? '')?.row : undefined
  }

  /** All names get their colours again. */
  recolour(): void {
    for (const { element, row } of this.#shown.values()) this.#paint(element, row)
  }

  #make(row: Row): Shown {
    const element = document.createElement('li')
    element.dataset['key'] = row.key
    if (row.is === 'line') element.tabIndex = -1
    const shown = { element, row, epoch: -1, drawn: 0 }
    this.#shown.set(row.key, shown)
    return shown
  }

  #update(shown: Shown, row: Row, now: number): number {
    const { row: was, epoch } = shown
    if (epoch === this.epoch) {
      if (!differs(was, row)) return 0
      const due = shown.drawn + REACTIONS_PACE - now
      if (this.paced && due > 0 && onlyReactions(was, row)) return due
    }
    if (epoch === -1 || authorOf(was) !== authorOf(row)) this.#paint(shown.element, row)
    const around = this.around()
    const { template, solo } = draw(row, around)
    render(template, shown.element)
    const classes = classesOf(row, around, solo)
    if (shown.element.className !== classes) shown.element.className = classes
    Object.assign(shown, { row, epoch: this.epoch, drawn: now })
    return 0
  }

  #paint(element: HTMLElement, row: Row): void {
    const author = authorOf(row)
    if (author !== undefined) this.palette().paint(element, author)
  }
}

function authorOf(row: Row): string | undefined {
  return row.is === 'line' && row.line.kind === 'message' ? row.line.author.nick : undefined
}

function differs(was: Row, row: Row): boolean {
  if (was.is !== 'line' || row.is !== 'line') return was.is !== row.is
  return was.version !== row.version || was.more !== row.more
}

/** Whether nothing but reactions has changed, and not one's own: what one does oneself is seen at once. */
function onlyReactions(was: Row, row: Row): boolean {
  if (was.is !== 'line' || row.is !== 'line' || was.more !== row.more) return false
  const [one, other]: [Line, Line] = [was.line, row.line]
  if (one.kind !== 'message' || other.kind !== 'message' || one.reactions === other.reactions) return false
  const mine = (line: typeof one): string => line.reactions.filter((reaction) => reaction.own).map((reaction) => reaction.emoji).join()
  return (
    mine(one) === mine(other) &&
    one.text === other.text &&
    one.edited === other.edited &&
    one.removed === other.removed &&
    one.delivery === other.delivery &&
    one.author === other.author
  )
}
