// What was sent and is not in the room yet, kept in the tab: a reload does not lose it. It comes back as not sent, for
// its author to decide; but what the room's history shows has arrived, and is forgotten here.

import { keep, recall } from '../../preferences'
import { Changed } from '../../room/room'
import type { Message } from '../../room/types'
import type { Chat } from '../chat'

/** A message as it is kept. */
interface Unsent {
  readonly id: string
  readonly text: string
  readonly answers?: Message['answers']
  readonly time: number
}

/** Most messages that are kept. */
const MOST = 50
const storage = (): Storage => sessionStorage

export class Outbox {
  readonly #key: string
  readonly #unsubscribe: () => void
  #kept: string | undefined
  #restored = false

  constructor(private readonly chat: Chat) {
    this.#key = `outbox:${chat.room.jid}`
    this.#unsubscribe = chat.subscribe((what) => {
      if (what & (Changed.log | Changed.state)) this.#look()
    })
    addEventListener('pagehide', this.#save)
  }

  close(): void {
    this.#save()
    this.#unsubscribe()
    removeEventListener('pagehide', this.#save)
  }

  #look(): void {
    if (!this.#restored && this.chat.room.ready) this.#restore()
    this.#save()
  }

  #restore(): void {
    this.#restored = true
    const { room } = this.chat
    const arrived = new Set(room.log.messages.filter((message) => message.stanzaId).map((message) => message.id))
    const { nick, occupantId, role, affiliation } = room.me
    const author = { nick, occupantId, role, affiliation, avatar: undefined }
    for (const one of read(recall(this.#key, storage))) {
      if (arrived.has(one.id) || room.log.find(one.id)) continue
      room.log.sending({ id: one.id, text: one.text, author, answers: one.answers }, one.time)
      room.log.delivery(one.id, 'failed')
      this.chat.changed(Changed.log)
    }
  }

  readonly #save = (): void => {
    // Before the history has come nobody knows what has arrived: what is kept stays, and what is new joins it.
    const now = this.chat.room.log.unreflected.map(({ id, text, answers, time }) => ({ id, text, answers, time }))
    const before = this.#restored ? [] : read(recall(this.#key, storage)).filter((one) => now.every((other) => other.id !== one.id))
    const all = [...before, ...now].slice(-MOST)
    const text = all.length > 0 ? JSON.stringify(all) : undefined
    if (text === this.#kept && this.#restored) return
    this.#kept = text
    keep(this.#key, text, storage)
  }
}

function read(text: string | undefined): Unsent[] {
  try {
    const kept: unknown = JSON.parse(text ?? '[]')
    return Array.isArray(kept) ? kept.filter(isUnsent) : []
  } catch {
    return []
  }
}

function isUnsent(value: unknown): value is Unsent {
  if (typeof value !== 'object' || value === null) return false
  const { id, text, time } = value as Partial<Record<keyof Unsent, unknown>>
  return typeof id === 'string' && typeof text === 'string' && typeof time === 'number'
}
