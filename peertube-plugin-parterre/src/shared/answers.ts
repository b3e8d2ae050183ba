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
