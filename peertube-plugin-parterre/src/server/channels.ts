// What the owner of a channel has set for its rooms. Enters: what a page or an import offers, which may be anything. Leaves:
// options that can be used, and what of the offer cannot be, in words.

import type { ChannelOptions } from '../shared/answers'
import type { Fields } from './api'
import type { Settings } from './settings'
import type { Storage } from './storage'

/** Bounds; those of the server's rooms where it has one. */
export const MOST = { slowMode: 1000, history: 500, welcome: 400, moderators: 50 } as const

/** What the web client asks for when somebody comes. */
const ASKED = 50

/** What a channel starts from whose owner has set nothing: the instance's settings. */
export function initial(settings: Settings): ChannelOptions {
  return {
    slowMode: settings.slowMode,
    muteAnonymous: settings.muteAnonymous,
    emojiOnly: false,
    history: Math.max(ASKED, settings.historyOnJoin),
    welcome: '',
    moderators: [],
  }
}

/** Reads what was offered. What is missing stays as it is in `before`; `wrong` names what cannot be used. Pure. */
export function readOptions(offered: unknown, before: ChannelOptions): { options: ChannelOptions; wrong: string[] } {
  const given = (typeof offered === 'object' && offered !== null ? offered : {}) as Record<string, unknown>
  const wrong: string[] = []
  const take = <T>(name: keyof ChannelOptions, otherwise: T, read: (value: unknown) => T | undefined): T => {
    const value = given[name]
    if (value === undefined || value === null) return otherwise
    const taken = read(value)
    if (taken === undefined) wrong.push(name)
    return taken ?? otherwise
  }
  const number = (most: number) => (value: unknown): number | undefined =>
    typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most ? value : undefined
  const flag = (value: unknown): boolean | undefined => (typeof value === 'boolean' ? value : undefined)
  const names = (value: unknown): string[] | undefined => {
    if (!Array.isArray(value) || !value.every((one): one is string => typeof one === 'string')) return undefined
    const all = [...new Set(value.map((one) => one.trim().replace(/^@/, '').toLowerCase()).filter(Boolean))]
    return all.length <= MOST.moderators && all.every((one) => /^[a-z0-9_.-]{1,50}$/.test(one)) ? all : undefined
  }
  const text = (value: unknown): string | undefined =>
    typeof value === 'string' && value.trim().length <= MOST.welcome ? value.trim() : undefined
  const options = {
    slowMode: take('slowMode', before.slowMode, number(MOST.slowMode)),
    muteAnonymous: take('muteAnonymous', before.muteAnonymous, flag),
    emojiOnly: take('emojiOnly', before.emojiOnly, flag),
    history: take('history', before.history, number(MOST.history)),
    welcome: take('welcome', before.welcome, text),
    moderators: take('moderators', before.moderators, names),
  }
  return { options, wrong }
}

/** The options as fields of a room's configuration. */
export function fieldsOf(options: ChannelOptions, settings: Settings): Fields {
  return {
    'muc#roomconfig_mute_anonymous': options.muteAnonymous,
    'muc#roomconfig_slow_mode_duration': options.slowMode,
    'muc#roomconfig_x_peertubelivechat_emoji_only_mode': options.emojiOnly,
    'muc#roomconfig_historylength': options.history,
    'muc#roomconfig_defaulthistorymessages': Math.min(options.history, settings.historyOnJoin),
  }
}

/** What is kept of the channels' options. */
export class Channels {
  constructor(
    private readonly storage: Storage,
    private readonly settings: () => Settings,
  ) {}

  /** Its options; those of the instance where its owner has set none. */
  async of(id: number): Promise<ChannelOptions> {
    return readOptions(await this.#kept(id), initial(this.settings())).options
  }

  async isSet(id: number): Promise<boolean> {
    return (await this.#kept(id)) !== undefined
  }

  async keep(id: number, options: ChannelOptions): Promise<void> {
    await this.storage.storeData(key(id), options)
  }

  /** The channel is gone. */
  async forget(id: number): Promise<void> {
    if (await this.isSet(id)) await this.storage.storeData(key(id), null)
  }

  async #kept(id: number): Promise<object | undefined> {
    const kept = await this.storage.getData(key(id))
    return typeof kept === 'object' && kept !== null ? kept : undefined
  }
}

const key = (id: number): string => `channel-options-${String(id)}`
