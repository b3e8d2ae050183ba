// What the plugin's routes answer and its pages in the browser read. Types only.

/** Where a room's chat is and what it is like; the answer of `GET config/ROOM`. */
export type ChatAnswer = { readonly active: false; readonly why: 'off' | 'login' | 'unknown' | 'down' } | ActiveChat

export interface ActiveChat {
  readonly active: true
  /** The room's name: `<uuid>` or `channel.<id>`. */
  readonly name: string
  /** Its whole address. */
  readonly room: string
  readonly title: string
  /** Address of the WebSocket. */
  readonly server: string
  /** Where accounts log in, and where people without one do. */
  readonly accounts: string
  readonly domain: string
  /** The module that defines `<parterre-chat>`. */
  readonly script: string
  readonly autoOpen: boolean
  readonly ownPage: string | undefined
  readonly themeColours: boolean
  readonly chosenByPeople: boolean
  /** Addresses to share, for those who may. */
  readonly share: Share | undefined
  /** The caller is staff and has no role in the room yet. */
  readonly mayTakeRole: boolean
  /** The pictures of its channel: addresses by name. */
  readonly emoji: Readonly<Record<string, string>>
  /** Where the channel's settings are, for those who may change them. */
  readonly settings: string | undefined
}

/** What the rooms of a channel are like. */
export interface ChannelOptions {
  /** Seconds between two messages of a person; 0: none. */
  readonly slowMode: number
  readonly muteAnonymous: boolean
  readonly emojiOnly: boolean
  /** Messages shown to those who come. */
  readonly history: number
  /** What everybody reads who comes; may be empty. */
  readonly welcome: string
  /** Accounts of this PeerTube that moderate its rooms, beside the owner and the editors. */
  readonly moderators: readonly string[]
}

export interface ChannelName {
  readonly id: number
  readonly name: string
}

/** The answer of `GET channels/ID`. */
export interface ChannelAnswer extends ChannelName {
  readonly options: ChannelOptions
  readonly emoji: Readonly<Record<string, string>>
}

/** What cannot be used of what was offered: names of options, and accounts that there are none of. */
export interface Faults {
  readonly wrong: readonly string[]
  readonly unknown: readonly string[]
}

/** The answer of `GET take-over`: whether there is something of peertube-plugin-livechat, and how it went. */
export interface TakeOverAnswer {
  readonly there: boolean
  /** Its plugin is switched on still. */
  readonly running: boolean
  readonly state: 'none' | 'running' | 'done' | 'failed'
  /** Why it failed. */
  readonly fault: string | undefined
  readonly report: TakeOverReport | undefined
}

export interface TakeOverReport {
  readonly rooms: readonly { readonly room: string; readonly title: string; readonly new: boolean; readonly messages: number }[]
  readonly totals: { readonly rooms: number; readonly messages: number; readonly affiliations: number }
  readonly channels: readonly { readonly id: string; readonly emoji: number }[]
  readonly not_taken: readonly { readonly of: string; readonly text: string }[]
}

export interface Share {
  readonly page: string
  readonly embed: string
  readonly overlay: string
  /** Where a dock is; a token has to be added. Only for people who are logged in, where docks are allowed. */
  readonly dock: string | undefined
}

export interface RoomAnswer {
  readonly name: string
  readonly title: string
  readonly occupants: number
  readonly lastActivity: string | undefined
  readonly live: boolean
  readonly watch: string | undefined
  readonly chat: string
  /** Its channel, where that is known. */
  readonly channel: number | undefined
}

/** The answer of `POST dock-token/ROOM`. */
export interface DockAnswer {
  readonly token: string
  /** The pictures of its channel: addresses by name. */
  readonly emoji: Readonly<Record<string, string>>
}

export interface DockToken {
  readonly id: string
  readonly label: string
  readonly since: string
}

export type Verdict = 'ok' | 'warning' | 'wrong'

/** A sentence that can be translated, and what stands in its places {0}, {1} … */
export interface Sentence {
  readonly text: string
  readonly values: readonly string[]
}

/** A line of the diagnosis. */
export interface Check {
  readonly name: string
  readonly verdict: Verdict
  readonly detail: string
  /** The same detail, to be translated. */
  readonly sentence?: Sentence
  /** What to do about it. */
  readonly remedy?: string
}

/** What the browser needs to try the whole way: the answer of `GET diagnosis`. */
export interface Diagnosis {
  readonly checks: readonly Check[]
  readonly trial:
    | { readonly server: string; readonly bosh: string; readonly accounts: string; readonly room: string; readonly token: string; readonly nick: string }
    | undefined
  readonly now: number
}

/** The answer of `GET ping`. */
export interface Ping {
  readonly address: string
  readonly forwarded: boolean
  readonly now: number
}
