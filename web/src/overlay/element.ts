// `<parterre-overlay>`: the newest messages of a room over a video, for broadcast software. It only reads.
//
// Attributes say where the room is, the page's query says how it looks. It draws plain nodes once a frame, and only when
// something has changed.

import { find } from '../place'
import { Changed, Room } from '../room/room'
import { oneLine, safeName } from '../text/safe'
import { nameColor } from './color'
import { Feed, type Line } from './feed'
import { readLook, type Look } from './look'
import type { Shown } from './queue'
import { style } from './style'

/** Most characters of a message that are drawn; three lines hold fewer. */
const LONGEST = 400

interface Row {
  readonly element: HTMLParagraphElement
  drawn: Line['message']
}

export class ParterreOverlay extends HTMLElement {
  readonly #look: Look = readLook(location.search)
  readonly #feed = new Feed(this.#look)
  readonly #rows = new Map<string, Row>()
  readonly #root = this.attachShadow({ mode: 'open' })
  #room: Room | undefined
  #frame = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  connectedCallback(): void {
    this.#dress()
    addEventListener('pagehide', this.#leave)
    void this.#enter()
  }

  disconnectedCallback(): void {
    removeEventListener('pagehide', this.#leave)
    this.#leave()
  }

  async #enter(): Promise<void> {
    const said = (name: string): string => this.getAttribute(name) ?? ''
    const wish = { server: said('server'), room: said('room'), domain: said('domain'), accounts: said('accounts'), anonymousNick: said('anonymous-nick') }
    const place = await find(wish, document.baseURI, import.meta.url)
    if (!this.isConnected || this.#room) return
    this.#room = new Room({
      jid: place.room,
      url: place.url,
      identity: () => ({ kind: 'anonymous', domain: place.anonymous ?? place.accounts }),
      anonymous: place.anonymousNick,
      changed: (what) => this.#changed(what),
    })
    this.#room.enter()
  }

  readonly #leave = (): void => {
    cancelAnimationFrame(this.#frame)
    clearTimeout(this.#timer)
    this.#frame = 0
    this.#room?.leave()
    this.#room = undefined
    this.#feed.reach(false)
  }

  #changed(what: number): void {
    const room = this.#room
    if (!room) return
    if (what & Changed.state) {
      // What the history brings is over before the room is in reach.
      if (!this.#feed.connected) this.#feed.take(room.log.messages, Date.now())
      this.#feed.reach(room.online && room.phase === 'joined' && room.ready)
      // Out is out until the streamer loads the page anew, unless a moderator's word was a mistake: then it comes back.
      if (room.trouble?.is === 'sent-out') room.comeBack()
    }
    room.log.trim('start')
    this.#soon()
  }

  #soon(): void {
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#draw())
  }

  #draw(): void {
    this.#frame = 0
    const now = Date.now()
    if (this.#room) this.#feed.take(this.#room.log.messages, now)
    this.#show(this.#feed.queue.at(now))
    clearTimeout(this.#timer)
    const next = this.#feed.queue.next(now)
    if (next !== undefined) this.#timer = setTimeout(() => this.#soon(), Math.max(0, next - now))
  }

  #show(shown: readonly Shown<Line>[]): void {
    const kept = new Set(shown.map(({ item }) => item.key))
    for (const [key, row] of this.#rows) {
      if (kept.has(key)) continue
      row.element.remove()
      this.#rows.delete(key)
    }
    for (const { item, calm, leaving } of shown) {
      let row = this.#rows.get(item.key)
      if (!row) {
        row = { element: document.createElement('p'), drawn: item.message }
        row.element.dir = 'auto'
        row.element.classList.toggle('in', calm)
        this.#write(row.element, item.message)
        this.#root.append(row.element)
        this.#rows.set(item.key, row)
      } else if (row.drawn !== item.message) {
        row.drawn = item.message
        this.#write(row.element, item.message)
      }
      row.element.classList.toggle('out', leaving)
    }
  }

  #write(row: HTMLElement, { author, text }: Line['message']): void {
    const parts: Node[] = []
    if (this.#look.avatars && author.avatar !== undefined) {
      const picture = document.createElement('img')
      picture.src = author.avatar
      picture.alt = ''
      picture.referrerPolicy = 'no-referrer'
      picture.onerror = () => picture.remove()
      parts.push(picture)
    }
    if (this.#look.names !== 'off') {
      const name = document.createElement('b')
      const inner = document.createElement('bdi')
      inner.textContent = safeName(author.nick)
      name.append(inner)
      if (this.#look.names === 'colors') name.style.setProperty('--name', nameColor(author))
      parts.push(name, document.createTextNode(' '))
    }
    parts.push(document.createTextNode(oneLine(text, LONGEST)))
    row.replaceChildren(...parts)
  }

  #dress(): void {
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(style)
    this.#root.adoptedStyleSheets = [sheet]
    const { size, weight, font, color } = this.#look
    const system = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif'
    this.style.setProperty('--size', `${String(size)}px`)
    this.style.setProperty('--weight', String(weight))
    this.style.setProperty('--font', font ? `"${font}", ${system}` : system)
    this.style.setProperty('--words', color)
    this.setAttribute('align', this.#look.align)
    this.toggleAttribute('plate', this.#look.style === 'plate')
  }
}
