// What the parts of the view share: the room, the preferences, and one clock of frames.
//
// Changes are gathered and told once a frame, and not at all while the page is hidden: a hidden tab keeps its place and
// does no work, but that its log is kept within bounds.

import { Hidden } from '../hidden'
import * as preferences from '../preferences'
import type { Preferences } from '../preferences'
import { Changed, type Room } from '../room/room'
import type { Message } from '../room/types'
import { standard } from '../text/colour'
import { late } from './late'

/** Beside {@link Changed}: a preference has changed. */
export const PREFERENCES = 8
/** Beside {@link Changed}: what the composer is about (reply, edit) has changed. */
export const INTENT = 16
/** Beside {@link Changed}: which panel is open has changed. */
export const PANEL = 32
const EVERYTHING = Changed.log | Changed.state | Changed.people | PREFERENCES | INTENT | PANEL

export type Panel = 'people' | 'settings' | 'actions' | { readonly person: string }

/** What is being written: something new, an answer, or other words for something said. */
export type Intent = { readonly is: 'new' } | { readonly is: 'reply' | 'edit'; readonly message: Message }

/** What only the element can do: it knows the page. */
export interface Door {
  /** The address of the chat on a page of its own, if there is another. */
  readonly ownPage: string | undefined
  /** Whether the page can log people in. */
  readonly canLogin: boolean
  /** Whether the room's own title stands at the head, and not just that this is a chat. */
  readonly titled: boolean
  /** Asks the page to log the person in. */
  readonly login: () => void
  /** Comes in anew, with a session of its own. */
  readonly enter: () => void
}

type Listener = (what: number) => void

/** While nobody looks, the log may be so many times as long as usual before it is cut: that costs less the less often it is done. */
const MOST_UNSEEN = 2

export class Chat {
  preferences: Preferences = preferences.load()
  intent: Intent = { is: 'new' }
  panel: Panel | undefined
  /** Whether a part that was needed last could not be loaded. */
  lacking = false
  /** The colours of names, over the grounds that there are. */
  palette = standard
  /** The page's own emoji: addresses by `:name:`. */
  pictures: ReadonlyMap<string, string> = new Map()
  /** Whose messages this person does not want to see. */
  readonly hidden: Hidden
  /** Drops what of the log is too much; set by what shows it, which knows where the reader is. */
  trim: () => void = () => undefined
  readonly #listeners = new Set<Listener>()
  #pending = 0
  #frame = 0

  /**
   * @param room the room shown
   * @param host the element, for what has to know of it: events, colours, size
   * @param door what leads out of the chat, or back in
   */
  constructor(
    readonly room: Room,
    readonly host: HTMLElement,
    readonly door: Door,
  ) {
    this.hidden = new Hidden(room.jid)
    room.showComings = this.preferences.showComings
  }

  /** Is told what has changed, at most once a frame; call what it gives to hear no more. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Something has changed; the listeners hear of it with the next frame that is shown. */
  changed(what: number): void {
    this.#pending |= what
    const { log } = this.room
    if (document.hidden && log.entries.length > log.limit * MOST_UNSEEN) this.trim()
    if (this.#frame === 0 && !document.hidden) this.#frame = requestAnimationFrame(() => this.#tell())
  }

  /** The page is seen again, or hidden. */
  seen(): void {
    this.room.session.hidden = document.hidden
    if (document.hidden) {
      cancelAnimationFrame(this.#frame)
      this.#frame = 0
    } else {
      this.changed(this.#pending)
    }
  }

  prefer(change: Partial<Preferences>): void {
    this.preferences = { ...this.preferences, ...change }
    preferences.save(this.preferences)
    this.room.showComings = this.preferences.showComings
    this.changed(PREFERENCES)
  }

  intend(intent: Intent): void {
    this.intent = intent
    this.changed(INTENT)
  }

  /** Opens a panel, or closes the one that is open. What draws panels loads with the first. */
  open(panel: Panel | undefined): void {
    const show = (): void => {
      this.panel = panel
      this.changed(PANEL)
    }
    if (panel === undefined) show()
    else void late(this, () => import('./panel')).then((loaded) => loaded && show())
  }

  /** Everything is to be shown anew, as after a change of language. */
  refresh(): void {
    this.changed(EVERYTHING)
  }

  #tell(): void {
    this.#frame = 0
    const what = this.#pending
    this.#pending = 0
    if (what !== 0) for (const listener of this.#listeners) listener(what)
  }
}
