// The values that a room is made of, as the view gets them.

export type Role = 'moderator' | 'participant' | 'visitor' | 'none'
export type Affiliation = 'owner' | 'admin' | 'member' | 'none' | 'outcast'

/** What is known of somebody who wrote or is announced. */
export interface Occupant {
  readonly nick: string
  /** XEP-0421; the same after a change of nick. */
  readonly occupantId: string | undefined
  /** Real address, where the room tells it. */
  readonly jid: string | undefined
  readonly role: Role
  readonly affiliation: Affiliation
  /** Address of a picture. */
  readonly avatar: string | undefined
  /** Whether they are in the room now, as far as it is told. */
  readonly here: boolean
  /** How many of their messages are known. */
  readonly said: number
}

/** Who wrote a message, as it is shown beside it. */
export interface Author {
  readonly nick: string
  readonly occupantId: string | undefined
  readonly role: Role
  readonly affiliation: Affiliation
  readonly avatar: string | undefined
}

/** What a message answers (XEP-0461). */
export interface Answered {
  /** Its stanza id. */
  readonly id: string
  /** Nick of who wrote it, as the answer says. */
  readonly nick: string | undefined
  /** Its words, as the answer quotes them, for those who do not have it. */
  readonly quote: string | undefined
}

export interface Reaction {
  readonly emoji: string
  readonly count: number
  readonly own: boolean
  /** Whether a moderator is among those who reacted with it. */
  readonly byModerator: boolean
}

export type Delivery = 'sent' | 'sending' | 'failed'

/** A message as it stands now. */
export interface Message {
  readonly kind: 'message'
  /** Stays the same as long as the message is in the log. */
  readonly key: string
  /** The room's id for it (XEP-0359); none while it is on its way. */
  readonly stanzaId: string | undefined
  /** The sender's id for it, by which it is corrected (XEP-0308). */
  readonly id: string
  readonly author: Author
  readonly own: boolean
  /** Milliseconds since 1970. */
  readonly time: number
  readonly text: string
  readonly answers: Answered | undefined
  readonly reactions: readonly Reaction[]
  readonly edited: boolean
  /** Taken back: by whom, and who of the moderators, if known. */
  readonly removed: { readonly by: 'author' | 'moderator'; readonly nick: string | undefined } | undefined
  readonly delivery: Delivery
  /** Whether it mentions or answers me. */
  readonly forMe: boolean
  /** An announcement of the room's staff. */
  readonly announcement: 'highlight' | 'announcement' | 'warning' | undefined
  /** Whether it came with the history or an archive page, not live. */
  readonly old: boolean
}

/** A line of the room itself, or of this client. */
export interface Notice {
  readonly kind: 'notice'
  readonly key: string
  readonly time: number
  /** What it says, for the view to put into words. */
  readonly what:
    | { readonly is: 'gap' }
    | { readonly is: 'joined' | 'left'; readonly nick: string }
    | { readonly is: 'slow'; readonly seconds: number }
    | { readonly is: 'accounts-only' | 'emoji-only'; readonly on: boolean }
    | { readonly is: 'locked'; readonly on: boolean }
    | { readonly is: 'subject'; readonly text: string }
}

export type Line = Message | Notice

/** What the room is set to, as far as it says (disco#info). */
export interface RoomSettings {
  readonly title: string
  /** Seconds between two messages of one person; 0 for none. */
  readonly slow: number
  readonly accountsOnly: boolean
  readonly emojiOnly: boolean
  readonly moderated: boolean
  readonly membersOnly: boolean
  /** Whether it is a room of Parterre: it says itself what the author of a message is, and nobody else can. */
  readonly vouches: boolean
}

/** Why one is not, or not any more, in the room, or may not write. */
export type Trouble =
  | { readonly is: 'banned'; readonly reason: string | undefined; readonly until: number | undefined }
  | { readonly is: 'sent-out'; readonly reason: string | undefined }
  | { readonly is: 'full' }
  | { readonly is: 'closed'; readonly reason: string | undefined }
  | { readonly is: 'accounts-only' | 'password' | 'missing' | 'taken-over' | 'no-login' }
  | { readonly is: 'other'; readonly text: string }

/** Oneself in the room. */
export interface Me {
  readonly nick: string
  readonly occupantId: string | undefined
  readonly role: Role
  readonly affiliation: Affiliation
  /** Whether one has not chosen a name yet. */
  readonly anonymous: boolean
  /** Whether one logged in as somebody. */
  readonly account: boolean
  /** Whether a moderator took the voice away, and until when. */
  readonly muted: { readonly until: number | undefined } | undefined
}
