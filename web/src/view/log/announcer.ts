// Puts into the status region what a screen reader is to say: looks what is new in the log, and asks the digest.

import type { Message } from '../../room/types'
import { oneLine, safeName } from '../../text/safe'
import { words } from '../../words/words'
import type { Chat } from '../chat'
import { Digest, type Heard, type Utterance } from './digest'

/** Characters of a message that are read out. */
const READ = 500

export class Announcer {
  readonly #digest = new Digest()
  #arrived: number
  #failed = new Set<string>()
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(
    private readonly chat: Chat,
    private readonly region: HTMLElement,
  ) {
    this.#arrived = chat.room.log.arrived
  }

  forget(): void {
    clearTimeout(this.#timer)
  }

  /** Looks what is new. */
  look(): void {
    const { log } = this.chat.room
    const now = Date.now()
    const fresh = log.arrived - this.#arrived
    this.#arrived = log.arrived
    if (fresh > 0) {
      const here = log.detached ? [] : this.#newest(log.messages, fresh)
      for (let at = here.length; at < fresh; at += 1) this.#digest.said(undefined, now)
      for (const message of here) this.#digest.said(heard(message), now)
    }
    const failed = new Set(log.unreflected.filter((message) => message.delivery === 'failed').map((message) => message.id))
    if ([...failed].some((id) => !this.#failed.has(id))) this.#digest.failed()
    this.#failed = failed
    this.#speak()
  }

  /** The last so many messages of others that came in live. */
  #newest(messages: readonly Message[], count: number): Message[] {
    const found: Message[] = []
    for (let at = messages.length - 1; at >= 0 && found.length < count; at -= 1) {
      const message = messages[at]
      if (message && !message.own && !message.old && !this.chat.hidden.has(message.author)) found.unshift(message)
    }
    return found
  }

  #speak(): void {
    clearTimeout(this.#timer)
    if (document.hidden) return
    const focused = this.chat.host.matches(':focus-within')
    const { say, wait } = this.#digest.next(Date.now(), focused, this.chat.preferences.readAloud)
    if (say) this.region.textContent = inWords(say)
    if (wait !== undefined) this.#timer = setTimeout(() => this.#speak(), wait + 10)
  }
}

function heard(message: Message): Heard {
  return { name: safeName(message.author.nick), text: oneLine(message.text, READ), forMe: message.forMe }
}

function inWords(utterance: Utterance): string {
  switch (utterance.is) {
    case 'failed':
      return words.notSent()
    case 'to-me':
      return words.toYou(utterance.message.name, utterance.message.text)
    case 'messages':
      return utterance.messages.map(({ name, text }) => words.saysAloud(name, text)).join('\n')
    case 'count':
      return words.newMessages(utterance.count)
  }
}
