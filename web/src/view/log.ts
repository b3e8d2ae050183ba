// The messages: what the room's log holds as rows, the place where one reads, and what one does with a message.
//
// The frame is a template; the rows in it are kept by hand (log/rows.ts), since they change far more often.

import { html, nothing } from 'lit'
import { Palette, standard } from '../text/colour'
import { relativeLuminance } from '../text/hsluv'
import { Changed } from '../room/room'
import { words } from '../words/words'
import { INTENT, PREFERENCES } from './chat'
import { icon } from './icons'
import { late } from './late'
import type { Acts } from './log/acts'
import { Announcer } from './log/announcer'
import { empty, skeleton } from './log/blank'
import { Meanwhile } from './log/meanwhile'
import { plan } from './log/plan'
import type { Surroundings } from './log/row'
import { Rows } from './log/rows'
import { Scroll } from './log/scroll'
import { hasSelection } from './log/selection'
import { Part, define } from './part'

/** Most names that are known for mentions. */
const MOST_NAMES = 2_000
const STIRRINGS = ['pointerover', 'pointerdown', 'focusin'] as const
/** While text is selected, or a message pointed at, nothing is removed, until there are so many times as many lines as usual. */
const MOST_IN_USE = 3
/** Surfaces that a name can lie on. */
const SURFACES = ['--ground', '--sunk', '--foot-tint', '--accent-tint'] as const

const NO_PICTURES: ReadonlyMap<string, string> = new Map()

export class LogView extends Part {
  protected readonly concerns = Changed.log | Changed.state | PREFERENCES | INTENT
  readonly expanded = new Set<string>()
  readonly #names = new Set<string>()
  readonly #frame = new MutationObserver(() => this.#dress())
  /** While rows are put in and taken out: a focus that is lost then was not taken elsewhere. */
  changing = false
  rows!: Rows
  reading!: Scroll
  #acts: Acts | undefined
  #announcer!: Announcer
  #ground = ''
  #later: ReturnType<typeof setTimeout> | undefined
  /** What the rows were last drawn with, where a change draws them all anew. */
  #drawnWith = ''
  /** Counts of the log when the reader left the end. */
  #left = { arrived: 0, called: 0 }
  #own = 0

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#frame.disconnect()
    this.reading.forget()
    this.#acts?.forget()
    this.#announcer.forget()
    clearTimeout(this.#later)
  }

  protected override render() {
    const { room } = this.chat
    const unseen = room.log.arrived - this.#left.arrived
    const calls = this.#unseenCalls.length
    const waiting = this.hasUpdated && !this.reading.pinned && unseen > 0
    return html`<div class="log" part="log" role="log" aria-live="off" aria-label=${words.messages()} tabindex="0"><ol></ol></div>
      ${this.#blank()}
      ${waiting ? html`<button type="button" class="pill" part="pill" @click=${this.#down}>${icon('down')}<span>${
        words.newMessages(unseen, unseen > 99 ? '99+' : undefined)
      }</span>${calls > 0 ? html`<span class="m" aria-label=${words.mentionsOfYou(calls)}>@ ${words.count(calls)}</span>` : nothing}</button>` : nothing}
      <div class="vh" role="status"></div>`
  }

  #blank() {
    const { room } = this.chat
    if (room.log.entries.length > 0) return nothing
    if (room.ready) return empty()
    return room.phase === 'out' ? nothing : skeleton()
  }

  protected override firstUpdated(): void {
    const scroller = this.querySelector<HTMLElement>('.log')
    const list = this.querySelector('ol')
    const status = this.querySelector<HTMLElement>('[role=status]')
    if (!scroller || !list || !status) return
    const around = (): Surroundings => this.#around
    this.rows = new Rows(list, around, () => this.chat.palette)
    this.reading = new Scroll(scroller, list, () => this.#moved(), () => void this.chat.room.loadOlder())
    this.chat.trim = () => this.#trim()
    this.#actOnDemand(scroller)
    this.#announcer = new Announcer(this.chat, status)
    const frame = this.closest('.pc')
    if (frame) this.#frame.observe(frame, { attributes: true, attributeFilter: ['data-own', 'data-theme', 'style', 'class'] })
    this.#dress()
  }

  /** What one does with messages loads with the first pointer or focus that comes to them. What is pressed meanwhile is done then. */
  #actOnDemand(scroller: HTMLElement): void {
    const meanwhile = new Meanwhile()
    let pressed: HTMLElement | null = null
    const press = ({ target }: Event): void => {
      pressed = target instanceof Element ? target.closest<HTMLElement>('[data-do]') : null
    }
    const first = (event: Event): void => {
      // An event that is over has no target any more where that stands in a shadow tree.
      const { target } = event
      for (const type of STIRRINGS) scroller.removeEventListener(type, first)
      scroller.addEventListener('click', press)
      scroller.addEventListener('keydown', meanwhile.keep)
      void late(this.chat, () => import('./log/acts')).then((loaded) => {
        scroller.removeEventListener('click', press)
        scroller.removeEventListener('keydown', meanwhile.keep)
        if (!this.isConnected) return
        // A pointer that only passes by has asked for nothing: the next to press tries again.
        if (!loaded) return listen('pointerdown', 'focusin')
        this.#acts = new loaded.Acts(this.chat, this, scroller, event, target, meanwhile)
        if (pressed?.isConnected) pressed.click()
      })
    }
    const listen = (...types: readonly (typeof STIRRINGS)[number][]): void => {
      for (const type of types) scroller.addEventListener(type, first, { passive: true })
    }
    listen(...STIRRINGS)
    // A picture that can't be had gives way to the drawn one.
    scroller.addEventListener('error', ({ target }) => target instanceof HTMLImageElement && 'fallback' in target.dataset && target.remove(), true)
  }

  protected override updated(): void {
    this.#sync()
    this.#announcer.look()
  }

  #around!: Surroundings
  #pictures = NO_PICTURES
  /** Whether the history was all there when rows were last drawn. */
  #paced = false

  #sync(): void {
    const { room, hidden, preferences, intent } = this.chat
    const { log } = room
    this.#followOwn()
    this.#trim()
    const editing = intent.is === 'edit' ? intent.message.key : undefined
    const drawnWith = [words.messages(), preferences.showTimes, preferences.dataSaver, room.moderates, room.me.nick, editing, this.expanded.size].join('\n')
    if (drawnWith !== this.#drawnWith || this.chat.pictures !== this.#pictures) this.rows.epoch += 1
    this.#pictures = this.chat.pictures
    this.#drawnWith = drawnWith
    this.#learnNames()
    this.#around = {
      me: room.me.anonymous ? undefined : room.me.nick,
      knows: (name) => this.#names.has(name),
      pictures: preferences.dataSaver ? NO_PICTURES : this.chat.pictures,
      pictured: !preferences.dataSaver,
      moderates: room.moderates,
      editing,
      expanded: this.expanded,
      find: (id) => log.find(id),
    }
    const rows = plan(log.entries, (message) => hidden.has(message.author))
    clearTimeout(this.#later)
    this.changing = true
    this.rows.paced = this.#paced
    this.#paced = room.ready
    this.reading.keep(() => {
      const later = this.rows.show(rows, performance.now())
      if (later > 0) this.#later = setTimeout(() => this.chat.changed(Changed.log), later)
    })
    this.changing = false
    this.#acts?.settle()
    if (!room.complete && room.ready && !this.reading.pinned && this.reading.isNearStart) void room.loadOlder()
  }

  /** Saying something brings one to the end. */
  #followOwn(): void {
    const { log } = this.chat.room
    const own = log.unreflected.length
    if (own > this.#own) this.toEnd()
    this.#own = own
  }

  #trim(): void {
    const { log } = this.chat.room
    const inUse = hasSelection(this) || this.reading.held
    if (inUse && log.entries.length < log.limit * MOST_IN_USE) return
    if (log.trim(this.reading.pinned ? 'start' : 'end') && this.reading.pinned) this.chat.room.complete = false
  }

  #learnNames(): void {
    const newest = this.chat.room.log.entries.slice(-60)
    for (const { line } of newest) if (line.kind === 'message') this.#names.add(line.author.nick.toLowerCase())
    for (const first of this.#names) {
      if (this.#names.size <= MOST_NAMES) break
      this.#names.delete(first)
    }
  }

  // --- where one reads --------------------------------------------------------------------------------------

  get #unseenCalls(): readonly string[] {
    const { called, calls } = this.chat.room.log
    return called > this.#left.called ? calls.slice(this.#left.called - called) : []
  }

  #moved(): void {
    const { log } = this.chat.room
    if (this.reading.pinned && log.detached) {
      // The end of what is here is not the end of what there is.
      this.reading.pinned = false
      void this.chat.room.loadNewer()
      return
    }
    this.#left = { arrived: log.arrived, called: log.called }
    this.requestUpdate()
  }

  /** To the newest message, whether it is here or has to be fetched. */
  toEnd(): void {
    if (!this.chat.room.log.detached) {
      this.reading.pin()
      return
    }
    void this.chat.room.loadNewer(true).then(() => {
      if (!this.chat.room.log.detached) this.reading.pin()
    })
  }

  readonly #down = (): void => {
    const unseen = this.#unseenCalls
    const at = unseen.findIndex((key) => this.rows.element(key))
    const element = this.rows.element(unseen[at] ?? '')
    if (!element) {
      this.toEnd()
      return
    }
    this.#left = { ...this.#left, called: this.chat.room.log.called - unseen.length + at + 1 }
    this.show(element)
    this.requestUpdate()
  }

  /** Brings a message into view and tints it for a moment. */
  show(element: HTMLElement): void {
    this.reading.reveal(element, 'center')
    element.classList.add('shown')
    setTimeout(() => {
      element.classList.remove('shown')
    }, 1_500)
  }

  // --- colours ----------------------------------------------------------------------------------------------

  /** Names take the lightness that the page's own colours leave them. */
  #dress(): void {
    const frame = this.closest<HTMLElement>('.pc')
    if (!frame) return
    const style = getComputedStyle(frame)
    const own = frame.hasAttribute('data-own')
    const ground = own ? SURFACES.map((name) => measure(frame, style, name)).join(' ') : ''
    if (ground === this.#ground) return
    this.#ground = ground
    this.chat.palette = own ? new Palette(ground.split(' ').map(Number)) : standard
    this.rows.recolour()
  }
}

/** Luminance of a colour of the frame's, as the browser paints it. */
function measure(frame: HTMLElement, style: CSSStyleDeclaration, name: string): number {
  const context = document.createElement('canvas').getContext('2d')
  if (!context) return 0
  const probe = document.createElement('i')
  probe.hidden = true
  probe.style.color = `var(${name}, ${style.backgroundColor})`
  frame.append(probe)
  context.fillStyle = getComputedStyle(probe).color
  probe.remove()
  context.fillRect(0, 0, 1, 1)
  const [red = 0, green = 0, blue = 0] = context.getImageData(0, 0, 1, 1).data
  return relativeLuminance([red, green, blue])
}

define('parterre-log', LogView)
