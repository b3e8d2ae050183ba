// The lines of a room, in their order, bounded, each as it stands after all that changed it.
//
// Enters: what was said, corrected, reacted and taken back. Leaves: lines, each with a version that grows when it
// changes. It never holds more than its limit, and never changes what somebody else's message says.

import { Early } from './early'
import type { RoomEvent, Said } from './read'
import type { Affiliation, Author, Line, Message, Notice, Role } from './types'
import { tally, type Votes } from './votes'

/** Most lines that are kept, and shown. */
export const MOST_LINES = 300

/** Most messages to oneself that are remembered. */
const MOST_CALLS = 100

/** A line with what the view needs to know about it. */
export interface Entry {
  readonly line: Line
  /** Grows with every change. */
  readonly version: number
}

/** What the log has to ask about people. */
export interface Authors {
  /** What is known of the sender of a message. */
  author(sender: Said['sender']): Author
  /** Whether that was oneself. */
  isOwn(sender: Said['sender']): boolean
  /** Whether that is a moderator, as far as is known now. */
  isModerator(sender: Said['sender']): boolean
  /** Whether a text speaks to oneself. */
  mentionsMe(text: string): boolean
  /** Whether one does not want to see what they say. */
  isHidden(sender: Said['sender']): boolean
}

export class MessageLog {
  #entries: Entry[] = []
  /** Entries by key, stanza id, and `nick/id` of the sender. */
  readonly #byId = new Map<string, string>()
  readonly #votes = new Map<string, Votes>()
  /** What came before the message it is about. */
  #early: Early
  #next = 0
  /** How many messages of others came in live, ever, without those of people one has hidden. */
  arrived = 0
  /** Whether the newest lines were dropped: what comes in does not join on to what is here. */
  detached = false
  /** How many of them speak to oneself. */
  called = 0
  /** The keys of the last ones that do. */
  readonly calls: string[] = []
  /** What comes in while the page before it is on its way. */
  #held: RoomEvent[] | undefined

  constructor(
    private readonly authors: Authors,
    readonly limit = MOST_LINES,
  ) {
    this.#early = new Early(limit)
  }

  get entries(): readonly Entry[] {
    return this.#entries
  }

  get messages(): Message[] {
    return this.#entries.map((entry) => entry.line).filter((line) => line.kind === 'message')
  }

  /** The message with that key, stanza id, or sender's id. */
  find(id: string): Message | undefined {
    const key = this.#byId.get(id) ?? id
    const line = this.#entries.findLast((entry) => entry.line.key === key)?.line
    return line?.kind === 'message' ? line : undefined
  }

  /** The stanza ids at both ends, for the archive. */
  get oldest(): string | undefined {
    return this.messages.find((message) => message.stanzaId)?.stanzaId
  }

  get newest(): string | undefined {
    return this.messages.findLast((message) => message.stanzaId)?.stanzaId
  }

  /** Takes an event that came in, live or with the history. */
  take(event: RoomEvent, now: number, old: boolean): void {
    switch (event.kind) {
      case 'said':
        if (this.detached && !old && !this.#isMine(event)) return this.#passBy(event)
        if (event.corrects !== undefined) return this.#correct(event, now, old)
        return this.#append(event, now, old)
      case 'reacted':
        return this.#react(event)
      case 'retracted':
        return this.#retract(event)
    }
  }

  /** Puts a page of the archive before what is there, oldest first. */
  prepend(events: readonly RoomEvent[], now: number): void {
    const [later, since] = [this.#entries, this.#early]
    this.#entries = []
    this.#early = new Early(this.limit)
    for (const event of events) this.take(event, now, true)
    const known = new Set(later.map((entry) => entry.line.key))
    const page = this.#entries.filter((entry) => !known.has(entry.line.key))
    this.#entries = [...page, ...later]
    since.before(this.#early)
    this.#early = since
    // What has become of these messages since goes after all that the page itself tells of them.
    for (const { line } of page) if (line.kind === 'message') this.#catchUp(line)
  }

  /** One's own message on its way. It stands at the end until the room reflects it. */
  sending(draft: { id: string; text: string; author: Author; answers: Message['answers'] }, now: number): void {
    const message: Message = {
      kind: 'message',
      key: `own:${draft.id}`,
      stanzaId: undefined,
      id: draft.id,
      author: draft.author,
      own: true,
      time: now,
      text: draft.text,
      answers: draft.answers,
      reactions: [],
      edited: false,
      removed: undefined,
      delivery: 'sending',
      forMe: false,
      announcement: undefined,
      old: false,
    }
    this.#byId.set(draft.id, message.key)
    this.#push(message)
  }

  /** Says how it stands with a message of one's own that is not reflected yet. */
  delivery(id: string, delivery: Message['delivery']): void {
    this.#change(id, (message) => (message.stanzaId ? message : { ...message, delivery }))
  }

  /** Forgets a message that was never sent. */
  discard(id: string): void {
    const key = this.#byId.get(id) ?? id
    this.#entries = this.#entries.filter((entry) => entry.line.key !== key)
    this.#forget(new Set([key]))
  }

  /** Those of one's own that the room has not reflected, oldest first. */
  get unreflected(): Message[] {
    return this.messages.filter((message) => message.own && message.delivery !== 'sent')
  }

  /** A line of the room or of this client. */
  notice(what: Notice['what'], now: number): void {
    this.#push({ kind: 'notice', key: `notice:${this.#next++}`, time: now, what })
  }

  /**
   * Drops what is beyond the limit: from the start, or, while somebody reads further up, from the end; then the log is
   * {@link detached}. What is still on its way to the room stays.
   */
  trim(from: 'start' | 'end'): boolean {
    const surplus = this.#entries.length - this.limit
    if (surplus <= 0) return false
    const end = this.#entries.length - this.#waitingAtEnd()
    const at = from === 'start' ? 0 : Math.max(0, end - surplus)
    const dropped = this.#entries.splice(at, Math.min(surplus, end - at))
    this.#forget(new Set(dropped.map((entry) => entry.line.key)))
    if (from === 'end' && dropped.length > 0) this.detached = true
    return dropped.length > 0
  }

  /** From here on, what comes in is kept until {@link attach}: a page is being fetched that ends before it. */
  hold(): void {
    this.#held = []
  }

  /** The end is here again, with what was held meanwhile; or it is not, and what was held is forgotten. */
  attach(arrived: boolean, now: number): void {
    const held = this.#held
    this.#held = undefined
    if (!arrived || !held) return
    this.detached = false
    for (const event of held) this.take(event, now, true)
  }

  /** Everything goes: what is there does not join what comes. */
  clear(): void {
    const kept = this.#entries.filter((entry) => entry.line.kind === 'message' && entry.line.delivery !== 'sent')
    this.#entries = kept
    this.#byId.clear()
    this.#votes.clear()
    this.#early.clear()
    this.detached = false
    for (const entry of kept) if (entry.line.kind === 'message') this.#byId.set(entry.line.id, entry.line.key)
  }

  /** Somebody's role, name or picture has become known: their messages show it. */
  refresh(occupantId: string, seen: { role: Role; affiliation: Affiliation; avatar: string | undefined }): void {
    this.#entries = this.#entries.map((entry) => {
      const { line } = entry
      if (line.kind !== 'message' || line.author.occupantId !== occupantId) return entry
      const same =
        line.author.role === seen.role &&
        line.author.affiliation === seen.affiliation &&
        line.author.avatar === (seen.avatar ?? line.author.avatar)
      if (same) return entry
      const author = { ...line.author, ...seen, avatar: seen.avatar ?? line.author.avatar }
      return { line: { ...line, author }, version: entry.version + 1 }
    })
  }

  // --- what changes lines -----------------------------------------------------------------------------------

  #append(said: Said, now: number, old: boolean): void {
    // Of its history, a room without stanza ids can say no more than who sent a message, under which id.
    const id = said.stanzaId ?? (old && said.id ? senderId(said.sender, said.id) : undefined)
    if (id !== undefined && this.#byId.has(id)) return
    const own = this.authors.isOwn(said.sender)
    if (own && this.#reflect(said, now)) return
    const key = said.stanzaId ?? `local:${this.#next++}`
    const message: Message = {
      kind: 'message',
      key,
      stanzaId: said.stanzaId,
      id: said.id,
      author: this.authors.author(said.sender),
      own,
      time: said.time ?? now,
      text: said.text,
      answers: said.answers,
      reactions: [],
      edited: false,
      removed: said.removed,
      delivery: 'sent',
      forMe: !own && this.#isForMe(said),
      announcement: said.announcement,
      old,
    }
    this.#index(message)
    this.#push(message)
    if (!old) this.#count(message.key, said.sender, message.forMe)
    this.#catchUp(message)
  }

  /** One's own message came back: it is kept now, and stands where the room put it. */
  #reflect(said: Said, now: number): boolean {
    const key = this.#byId.get(said.id)
    const at = this.#entries.findIndex((entry) => entry.line.key === key)
    const entry = this.#entries[at]
    if (entry?.line.kind !== 'message' || !entry.line.key.startsWith('own:') || entry.line.stanzaId) return false
    const message: Message = {
      ...entry.line,
      stanzaId: said.stanzaId,
      author: this.authors.author(said.sender),
      time: said.time ?? now,
      text: said.text,
      delivery: 'sent',
    }
    this.#entries.splice(at, 1)
    this.#index(message)
    this.#push(message, entry.version + 1)
    this.#catchUp(message)
    return true
  }

  /** A message comes in that does not join on: it is counted, and fetched when somebody comes down to it. */
  #passBy(said: Said): void {
    this.#held?.push(said)
    // Too much came meanwhile to be kept: the next page will have it.
    if ((this.#held?.length ?? 0) > this.limit) this.#held = undefined
    if (said.corrects === undefined) this.#count(said.stanzaId ?? '', said.sender, this.#isForMe(said))
  }

  #isMine(said: Said): boolean {
    return said.corrects !== undefined ? this.#byId.has(senderId(said.sender, said.corrects)) : this.#byId.has(said.id)
  }

  #count(key: string, sender: Said['sender'], forMe: boolean): void {
    if (this.authors.isOwn(sender) || this.authors.isHidden(sender)) return
    this.arrived += 1
    if (!forMe) return
    this.called += 1
    if (this.calls.push(key) > MOST_CALLS) this.calls.shift()
  }

  #isForMe(said: Said): boolean {
    const answered = said.answers && this.find(said.answers.id)
    return (answered?.own ?? false) || this.authors.mentionsMe(said.text)
  }

  /** XEP-0308: by the same sender, of the message with that sender's id. */
  #correct(said: Said, now: number, old: boolean): void {
    const target = this.#byId.get(senderId(said.sender, said.corrects ?? '')) ?? this.#byId.get(said.corrects ?? '')
    const message = target === undefined ? undefined : this.find(target)
    if (!message) {
      // What it corrects is not here; as the standard advises, it is shown as a message then.
      this.#append({ ...said, corrects: undefined }, now, old)
      return this.#early.keep(senderId(said.sender, said.corrects ?? ''), said)
    }
    if (!sameSender(message.author, said.sender)) return
    // As long as the message was not here, this one stood for itself.
    if (said.stanzaId !== undefined && this.#byId.has(said.stanzaId)) this.discard(said.stanzaId)
    if (message.removed) return
    this.#change(message.key, (was) => ({ ...was, text: said.text, edited: true, forMe: !was.own && this.#isForMe(said) }))
  }

  #react(event: RoomEvent & { kind: 'reacted' }): void {
    const message = this.find(event.target)
    if (!message) return this.#early.keep(event.target, event)
    const votes: Votes = this.#votes.get(message.key) ?? (new Map() as Votes)
    this.#votes.set(message.key, votes)
    const voter = event.sender.occupantId ?? event.sender.nick
    const [own, byModerator] = [this.authors.isOwn(event.sender), this.authors.isModerator(event.sender)]
    if (event.emojis.length > 0) votes.set(voter, { emojis: event.emojis, own, byModerator })
    else votes.delete(voter)
    this.#change(message.key, (was) => ({ ...was, reactions: tally(votes) }))
  }

  #retract(event: RoomEvent & { kind: 'retracted' }): void {
    const message = this.find(event.target)
    if (!message) return this.#early.keep(event.target, event)
    if (event.by === 'author' && !sameSender(message.author, event.sender)) return
    this.#votes.delete(message.key)
    const removed = { by: event.by, nick: event.moderator }
    this.#change(message.key, (was) => ({ ...was, text: '', answers: undefined, reactions: [], forMe: false, removed }))
  }

  /** What was told of a message before it came. */
  #catchUp({ stanzaId, id, author, time }: Message): void {
    for (const one of [stanzaId, id, senderId(author, id)]) {
      if (one) for (const event of this.#early.take(one)) this.take(event, time, true)
    }
  }

  // --- the list ---------------------------------------------------------------------------------------------

  #index(message: Message): void {
    if (message.stanzaId) this.#byId.set(message.stanzaId, message.key)
    if (message.id) this.#byId.set(senderId(message.author, message.id), message.key)
  }

  #push(line: Line, version = 0): void {
    // What is still on its way stays last.
    const waiting = line.kind === 'message' && line.delivery !== 'sent' ? 0 : this.#waitingAtEnd()
    this.#entries.splice(this.#entries.length - waiting, 0, { line, version })
  }

  #waitingAtEnd(): number {
    let count = 0
    for (let at = this.#entries.length - 1; at >= 0; at -= 1) {
      const line = this.#entries[at]?.line
      if (line?.kind !== 'message' || line.delivery === 'sent') break
      count += 1
    }
    return count
  }

  #change(id: string, change: (message: Message) => Message): void {
    const key = this.#byId.get(id) ?? id
    const at = this.#entries.findIndex((entry) => entry.line.key === key)
    const entry = this.#entries[at]
    if (entry?.line.kind !== 'message') return
    this.#entries[at] = { line: change(entry.line), version: entry.version + 1 }
  }

  #forget(keys: ReadonlySet<string>): void {
    for (const key of keys) this.#votes.delete(key)
    for (const [id, owner] of this.#byId) if (keys.has(owner)) this.#byId.delete(id)
  }
}

function senderId(sender: { nick: string; occupantId: string | undefined }, id: string): string {
  return `${sender.occupantId ?? sender.nick}/${id}`
}

function sameSender(one: { nick: string; occupantId: string | undefined }, other: Said['sender']): boolean {
  return one.occupantId !== undefined || other.occupantId !== undefined
    ? one.occupantId === other.occupantId
    : one.nick === other.nick
}
