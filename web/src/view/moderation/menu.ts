// What a moderator can do about a message and who wrote it: entries for the menu of the message, or for the page of the
// person, and the keys that do the same from the log.

import { html, nothing, type TemplateResult } from 'lit'
import type { Means, Listed } from '../../room/orders'
import type { Person } from '../../room/moderation'
import { Changed } from '../../room/room'
import type { Message } from '../../room/types'
import { safeName } from '../../text/safe'
import { moderatingWords as words } from '../../words/moderating'
import type { Chat } from '../chat'
import { icon, type IconName } from '../more-icons'
import { Part, define } from '../part'
import { wear } from '../styles/moderation'
import { ACTS, deskOf } from './desk'
import { askBan } from './questions'
import type { MuteFor } from './say'

/** How long a menu waits to know what the room can do, in milliseconds. */
const PATIENCE = 1_000

/** Learns what the room can do, unless that takes too long: what is offered depends on it. */
export async function learnMeans(chat: Chat): Promise<void> {
  const { moderation } = deskOf(chat)
  if (!moderation.known) await Promise.race([moderation.means().catch(() => undefined), new Promise((resolve) => setTimeout(resolve, PATIENCE))])
}

/** The entries for a message's menu; `done` is called when one was chosen. Empty for who does not moderate. */
export function moderationItems(chat: Chat, message: Message, done: () => void = () => undefined): TemplateResult {
  return html`<parterre-moderating .chat=${chat} .message=${message} .done=${done}></parterre-moderating>`
}

/** The same for a person, without the message. */
export function personItems(chat: Chat, person: Person): TemplateResult {
  return html`<parterre-moderating .chat=${chat} .whom=${person}></parterre-moderating>`
}

/** What moderators may do by a key that the log does not know itself (the design's §11); says whether it was one. */
export function moderationKey(event: KeyboardEvent, chat: Chat, message: Message | undefined): boolean {
  if (!chat.room.moderates || event.altKey) return false
  const desk = deskOf(chat)
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key
  if (event.ctrlKey || event.metaKey) {
    const last = key === 'z' && !event.shiftKey ? desk.acts.lastUndoable : undefined
    if (last) void desk.undo(last)
    return last !== undefined
  }
  if (event.shiftKey && key === 'p') {
    if (desk.moderation.mayConfigure) void desk.calm()
    return desk.moderation.mayConfigure
  }
  return message ? messageKey(key, event.shiftKey, chat, message) : false
}

function messageKey(key: string, shift: boolean, chat: Chat, message: Message): boolean {
  const desk = deskOf(chat)
  const person = desk.personOf(message)
  const { moderation } = desk
  const all: Record<string, [may: boolean, act: () => unknown]> = {
    m: [moderation.maySilence(person), () => desk.mute(person)],
    k: [moderation.maySendOut(person), () => desk.sendOut(person)],
    b: [moderation.mayBan(person), () => openBan(chat, person)],
    B: [moderation.mayBan(person), () => desk.ban(person, 'good', '')],
    Delete: [!message.own && !message.removed, () => desk.remove(message)],
    DELETE: [!moderation.isMe(person), () => desk.removeAll(person)],
  }
  const chosen = all[shift ? key.toUpperCase() : key]
  if (!chosen || (shift && key !== 'b' && key !== 'Delete')) return false
  const [may, act] = chosen
  if (may) act()
  return may
}

/** Asks for the terms of a ban, those that the room knows. */
async function openBan(chat: Chat, person: Person): Promise<void> {
  const means = await deskOf(chat).moderation.means().catch(() => undefined)
  askBan(chat, person, means?.parterre ?? false)
}

export class ModeratingView extends Part {
  protected readonly concerns = Changed.people | ACTS
  // None has an initial value: they may be set before the element is defined.
  message?: Message
  whom?: Person
  done?: () => void
  #means: Means | undefined
  #listed: Listed | undefined

  override connectedCallback(): void {
    super.connectedCallback()
    wear(this)
    this.#means = deskOf(this.chat).moderation.known
    void this.#learn()
  }

  get #person(): Person {
    const desk = deskOf(this.chat)
    if (this.message) return desk.personOf(this.message)
    const whom = this.whom ?? { nick: '', occupantId: undefined, jid: undefined, role: 'none', affiliation: 'none' }
    return desk.person(whom.occupantId ?? whom.nick) ?? whom
  }

  // In a menu they are its entries, on the page of a person they are buttons like others.
  get #role() {
    return this.message ? 'menuitem' : nothing
  }

  get #tab() {
    return this.message ? -1 : nothing
  }

  /** What the room can do, and since when they are here. */
  async #learn(): Promise<void> {
    const { moderation } = deskOf(this.chat)
    try {
      this.#means = await moderation.means()
      this.requestUpdate()
      const { nick, role } = this.#person
      if (!this.#means.parterre || role === 'none') return
      const { people } = await moderation.people(role, nick, undefined)
      this.#listed = people.find((one) => one.nick === nick)
      this.requestUpdate()
    } catch {
      // The head says less, then.
    }
  }

  protected override render() {
    const { chat } = this
    if (!chat.room.moderates) return nothing
    const desk = deskOf(chat)
    const { moderation } = desk
    const person = this.#person
    const theirs = desk.messagesOf(person).length
    const { message } = this
    const me = moderation.isMe(person)
    return html`
      ${this.#head(person, theirs)}
      ${message && !message.removed && !message.own && this.#means?.retraction !== undefined ? this.#item('trash', words.removeMessage(), 'Del', () => desk.remove(message)) : nothing}
      ${theirs > (message ? 1 : 0) && !me ? this.#item('broom', words.removeAll(theirs), '⇧ Del', () => desk.removeAll(person)) : nothing}
      ${me ? nothing : html`<hr />`}
      ${this.#mute(person)}
      ${moderation.maySendOut(person) ? this.#item('kick', words.sendOut(), 'K', () => desk.sendOut(person)) : nothing}
      ${moderation.mayBan(person) ? this.#item('ban', words.ban(), 'B', () => openBan(chat, person), 'red') : nothing}
      ${moderation.mayMakeModerator(person) ? html`<hr />${this.#item('shield', words.makeModerator(), '', () => desk.makeModerator(person))}` : nothing}`
  }

  /** When they came, and how much they have said. */
  #head(person: Person, theirs: number) {
    const listed = this.#listed
    const arrived = listed?.arrived === undefined ? undefined : words.arrived(Math.floor(Math.max(0, Date.now() - listed.arrived) / 60_000))
    const muted = listed?.muted && (listed.muted.until === undefined ? words.isMuted() : words.mutedTill(listed.muted.until))
    const facts = [arrived, words.said(listed?.said ?? theirs), muted].filter((fact) => fact !== undefined)
    return html`<div class="mh"><span><bdi class="name">${this.message ? safeName(person.nick) : nothing}</bdi>${facts.join(' · ')}</span></div>`
  }

  #mute(person: Person) {
    const desk = deskOf(this.chat)
    if (!desk.moderation.maySilence(person)) return nothing
    if (this.#listed?.muted || (this.#means?.parterre === false && person.role === 'visitor')) {
      const item = this.#item('mute', words.unmute(), '', () => desk.unmute(person))
      // Another length may be chosen, and nothing moves when it becomes known that they are muted.
      return this.#listed?.muted ? html`${item}${this.#lengths(person)}` : item
    }
    return html`${this.#item('mute', words.mute(), 'M', () => desk.mute(person))}${this.#lengths(person, 'ten')}`
  }

  /** For how long; marked is what the entry above stands for. */
  #lengths(person: Person, marked?: MuteFor) {
    const desk = deskOf(this.chat)
    const lengths: [Exclude<MuteFor, 'open'>, string][] = [['ten', words.tenMinutes()], ['hour', words.oneHour()], ['tonight', words.tonight()]]
    return html`
      <div class="chipset" role="group" aria-label=${words.muteFor()}>${
        this.#means?.parterre
          ? lengths.map(([how, text]) => html`<button type="button" role=${this.#role} tabindex=${this.#tab} class=${how === marked ? 'sel' : ''} @click=${this.#act(() => desk.mute(person, how))}>${text}</button>`)
          : html`<span class="note">${words.untilLifted()}</span>`
      }</div>`
  }

  #item(name: IconName, text: string, key: string, act: () => unknown, kind = '') {
    return html`<button type="button" role=${this.#role} tabindex=${this.#tab} class=${kind} @click=${this.#act(act)}>${icon(name)}<span>${text}</span>${key ? html`<kbd aria-hidden="true">${key}</kbd>` : nothing}</button>`
  }

  #act(act: () => unknown) {
    return (): void => {
      this.done?.()
      act()
    }
  }
}

define('parterre-moderating', ModeratingView)
