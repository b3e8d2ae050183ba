// What was said before, and what was missed: the room's archive (XEP-0313), page by page, into the log.
//
// Enters: where the log has an end that is not the room's. Leaves: a longer log, without a gap or with a notice of it. Its
// pages are taken from the room alone.

import { StanzaError } from '../xmpp/error'
import { bare } from '../xmpp/jid'
import * as ns from '../xmpp/ns'
import { attr, child } from '../xmpp/xml'
import { page, type Page } from './archive'
import { Changed } from './changed'
import { readMessage, type RoomEvent } from './read'
import type { Room } from './room'

/** Messages of one page. */
const PAGE = 50
/** Pages that are fetched of what was missed, before a gap is shown. */
const CATCH_UP_PAGES = 4

export class History {
  /** Whether the archive has no older messages. */
  complete = false
  #loading: Promise<void> | undefined
  #pages = new Map<string, RoomEvent[]>()

  constructor(private readonly room: Room) {}

  /** Puts an older page of the archive before the log. */
  loadOlder(): Promise<void> {
    if (this.complete || this.room.phase !== 'joined') return Promise.resolve()
    this.#loading ??= this.#older().finally(() => (this.#loading = undefined))
    return this.#loading
  }

  /** Puts the next page of the archive after the log, where its end was dropped; `newest` begins anew at the end. */
  loadNewer(newest = false): Promise<void> {
    if (!this.room.log.detached || this.room.phase !== 'joined') return Promise.resolve()
    this.#loading ??= this.#newer(newest).finally(() => (this.#loading = undefined))
    return this.#loading
  }

  /** Takes what comes of a page. */
  take(stanza: Element, result: Element): void {
    const from = attr(stanza, 'from')
    const events = this.#pages.get(attr(result, 'queryid') ?? '')
    // XEP-0313 §8: nobody else may slip anything into the answer.
    if (!events || (from !== undefined && bare(from) !== this.room.jid)) return
    const forwarded = child(result, 'forwarded', ns.FORWARD)
    const message = child(forwarded, 'message', ns.CLIENT)
    const event = message && readMessage(message, this.room.jid, this.room.vouches)
    if (!event || !('sender' in event)) return
    this.room.reflected(event.id)
    const stamp = Date.parse(attr(child(forwarded, 'delay', ns.DELAY), 'stamp') ?? '')
    events.push({ ...event, stanzaId: attr(result, 'id') ?? event.stanzaId, time: Number.isNaN(stamp) ? event.time : stamp })
  }

  async #fetch(bounds: { before: string } | { after: string }): Promise<Page & { events: RoomEvent[] }> {
    const id = this.room.session.id()
    const events: RoomEvent[] = []
    this.#pages.set(id, events)
    try {
      return { ...(await page(this.room.session, this.room.jid, id, bounds, PAGE)), events }
    } finally {
      this.#pages.delete(id)
    }
  }

  async #older(): Promise<void> {
    try {
      const { events, complete } = await this.#fetch({ before: this.room.log.oldest ?? '' })
      this.complete = complete
      this.room.log.prepend(events, Date.now())
    } catch (error) {
      // A room without an archive has no older messages; anything else may be tried again.
      if (error instanceof StanzaError && error.type === 'cancel' && error.condition !== 'gone') this.complete = true
    }
    this.room.options.changed(Changed.log | Changed.state)
  }

  async #newer(newest: boolean): Promise<void> {
    const after = newest ? undefined : this.room.log.newest
    this.room.log.hold()
    try {
      const { events, complete } = await this.#fetch(after === undefined ? { before: '' } : { after })
      if (after === undefined) {
        this.room.log.clear()
        this.complete = false
      }
      for (const event of events) this.room.log.take(event, Date.now(), true)
      this.room.log.attach(after === undefined || complete, Date.now())
      // Whoever comes down leaves the beginning behind; it can be loaded again.
      if (this.room.log.trim('start')) this.complete = false
    } catch {
      // It stays as it is, and is tried again with the next step down.
      this.room.log.attach(false, Date.now())
    }
    this.room.options.changed(Changed.log)
  }

  /** What was said since that message, after one was away: as news, which it is. */
  async catchUp(newest: string): Promise<void> {
    const { log, options } = this.room
    try {
      let after: string | undefined = newest
      for (let round = 0; after !== undefined; round += 1) {
        // Of so much only the newest is fetched.
        const skips = round >= CATCH_UP_PAGES
        const { events, complete, last } = await this.#fetch(skips ? { before: '' } : { after })
        if (skips && !events.some((event) => 'sender' in event && event.stanzaId === after)) log.notice({ is: 'gap' }, Date.now())
        for (const event of events) log.take(event, Date.now(), false)
        options.changed(Changed.log)
        after = complete || skips ? undefined : last
      }
    } catch (error) {
      // A session that has ended is followed by one that goes on from what is here.
      if (!(error instanceof StanzaError && error.condition === 'gone')) log.notice({ is: 'gap' }, Date.now())
    }
  }
}
