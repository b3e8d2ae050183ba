// What a person has set for themselves, kept on their device.
//
// Storage may be missing or full (private windows, blocked cookies): then it is kept for as long as the page lives.

export interface Preferences {
  theme: 'auto' | 'light' | 'dark'
  /** Percent. */
  textSize: number
  spacing: 'auto' | 'compact' | 'roomy'
  showTimes: boolean
  lessMotion: boolean
  dataSaver: boolean
  readAloud: 'digest' | 'everything' | 'to-me' | 'nothing'
  /** Empty: that of the page or the browser. */
  language: string
  /** The name chosen to write under; empty: none yet. */
  nick: string
  /** Moderators: joins and leaves are shown as lines. */
  showComings: boolean
}

const KEY = 'parterre'

const DEFAULTS: Preferences = {
  theme: 'auto',
  textSize: 100,
  spacing: 'auto',
  showTimes: false,
  lessMotion: false,
  dataSaver: false,
  readAloud: 'digest',
  language: '',
  nick: '',
  showComings: false,
}

/** What is kept under a key, or nothing. */
export function recall(key: string, storage: () => Storage = () => localStorage): string | undefined {
  try {
    return storage().getItem(`${KEY}:${key}`) ?? undefined
  } catch {
    return undefined
  }
}

/** Keeps a text under a key; nothing forgets it. */
export function keep(key: string, value: string | undefined, storage: () => Storage = () => localStorage): void {
  try {
    if (value === undefined) storage().removeItem(`${KEY}:${key}`)
    else storage().setItem(`${KEY}:${key}`, value)
  } catch {
    // The page goes on without.
  }
}

export function load(): Preferences {
  try {
    const kept: unknown = JSON.parse(recall('preferences') ?? '{}')
    return { ...DEFAULTS, ...(kept as Partial<Preferences>) }
  } catch {
    return { ...DEFAULTS }
  }
}

export function save(preferences: Preferences): void {
  keep('preferences', JSON.stringify(preferences))
}
