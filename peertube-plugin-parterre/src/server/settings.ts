// The settings: how they are shown, and what their values mean. Enters: what PeerTube keeps, which may be anything that
// somebody once typed. Leaves: values that can be used, the default where one cannot.

import type { RegisterServerSettingOptions, SettingEntries } from '@peertube/peertube-types'

import { uuidOf } from './videos'

export interface Settings {
  readonly perLive: boolean
  readonly allLives: boolean
  readonly allVideos: boolean
  readonly listed: readonly string[]
  readonly roomType: 'video' | 'channel'
  readonly afterLive: 'open' | 'readonly' | 'hidden'
  readonly autoOpen: boolean
  readonly ownPage: boolean
  readonly share: 'nobody' | 'owner' | 'owner+moderators' | 'everyone'
  readonly themeColours: boolean
  readonly accountsOnly: boolean
  readonly muteAnonymous: boolean
  readonly slowMode: number
  readonly anonymousBan: string
  readonly docks: boolean
  readonly retention: string
  readonly historyOnJoin: number
  readonly transport: 'auto' | 'proxy'
  readonly connectionsPerAddress: number
  readonly binaryPath: string
  readonly logLevel: 'error' | 'warn' | 'info' | 'debug'
}

type Option = RegisterServerSettingOptions & { name: string }

const title = (text: string): RegisterServerSettingOptions => ({ type: 'html', html: `<h3>${text}</h3>`, private: true })

const check = (name: string, value: boolean, label: string, description: string): Option => ({
  name, label, type: 'input-checkbox', default: value, private: true, descriptionHTML: description,
})

const input = (name: string, value: string, label: string, description: string): Option => ({
  name, label, type: 'input', default: value, private: true, descriptionHTML: description,
})

const select = (name: string, value: string, label: string, options: [string, string][], description: string): Option => ({
  name, label, type: 'select', default: value, private: true, descriptionHTML: description,
  options: options.map(([value, label]) => ({ value, label })),
})

/** All of them, in the order of the page. Names are those of the plugin that this one replaces, where it has the setting. */
export const REGISTERED: readonly RegisterServerSettingOptions[] = [
  {
    type: 'html', private: true,
    html: '<p>The chat works without any of these. <a class="parterre-link" href="/p/parterre/diagnosis">Is everything all right?</a> · <a class="parterre-link" href="/p/parterre/rooms">Rooms of the chat</a></p>',
  },
  title('Which videos have a chat'),
  check('chat-per-live-video', true, 'Streamers choose for each live', 'A checkbox in the form of a live. It is ticked to begin with.'),
  check('chat-all-lives', false, 'All lives', 'Whatever the streamer chose.'),
  check('chat-all-non-lives', false, 'All videos that are no lives', ''),
  {
    name: 'chat-videos-list', label: 'These videos', type: 'input-textarea', default: '', private: true,
    descriptionHTML: 'The UUID of a video on each line, long or short; what follows a # is a comment.',
  },
  select('prosody-room-type', 'video', 'Rooms', [['video', 'One for each video'], ['channel', 'One for each channel']],
    'With one for each channel, people meet again in the next live, and what was said before is still there.'),
  select('chat-after-live', 'open', 'When a live has ended',
    [['open', 'The chat stays'], ['readonly', 'Newcomers only read'], ['hidden', 'The chat goes']], ''),
  title('How the chat is shown'),
  check('chat-auto-display', true, 'Open by itself', 'Otherwise a button opens it.'),
  check('chat-open-blank', true, 'Offer the chat on a page of its own', ''),
  select('chat-share-url', 'owner', 'Who sees “share”',
    [['nobody', 'Nobody'], ['owner', 'The owner of the channel'], ['owner+moderators', 'The owner, moderators and administrators'], ['everyone', 'Everybody']],
    'Code to embed the chat elsewhere, and addresses for broadcast software.'),
  check('converse-autocolors', true, 'Take the colours of PeerTube’s theme', ''),
  title('Who may write'),
  check('chat-no-anonymous', false, 'Only people with an account', 'Others see no chat.'),
  check('chat-mute-anonymous', false, 'People without an account only read', 'For channels whose owner has set nothing else.'),
  input('chat-slow-mode', '0', 'Seconds between two messages of a person', '0 for none. For channels whose owner has set nothing else.'),
  input('chat-anonymous-ban', '1d', 'Longest ban of somebody without an account',
    'It holds for their network address. <code>10min</code>, <code>12h</code>, <code>1d</code>.'),
  check('livechat-token-disabled', false, 'No docks',
    'A dock is the chat inside broadcast software, logged in by an address that the streamer can revoke.'),
  title('What is kept'),
  input('prosody-muc-expiration', '30d', 'How long messages are kept', '<code>12h</code>, <code>30d</code>, <code>4w</code>, or <code>forever</code>.'),
  input('chat-history-on-join', '20', 'Messages shown to those who come', 'From 0 to 500. The client asks for more when somebody scrolls up.'),
  title('The program'),
  select('chat-transport', 'auto', 'How connections reach it', [['auto', 'The best way that works'], ['proxy', 'Always through PeerTube']],
    'The best way takes PeerTube out of the chat’s way. Choose the other only if the diagnosis says so.'),
  input('chat-connections-per-address', '100', 'Connections from one network address', 'Schools and companies share one. 0: no limit.'),
  input('chat-binary-path', '', 'Path of the program', 'Empty: the one that came with the plugin, or <code>parterre</code> in PeerTube’s PATH.'),
  select('chat-log-level', 'info', 'What it writes to PeerTube’s log', [['error', 'Errors'], ['warn', 'Warnings'], ['info', 'The usual'], ['debug', 'Everything']], ''),
]

/** Names of the settings that have a value. */
export const NAMES: readonly string[] = REGISTERED.flatMap((option) => (option.name === undefined ? [] : [option.name]))

const TIME = /^(\d{1,15})\s*(ms|s|min|h|d|w|m|y)?$/
const UNITS = { ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000, m: 30 * 86_400_000, y: 365 * 86_400_000 } as const
/** What the program takes at most; it takes no zero either. */
const CENTURY = 36_500 * UNITS.d

/**
 * A time as the program takes it; `undefined`: it is none. The plugin that is replaced had bare seconds, `m` for months and `y`, and
 * `never`.
 */
export function time(value: string): string | undefined {
  const text = value.trim().toLowerCase()
  if (text === 'forever' || text === 'never') return 'forever'
  const [, amount, unit = 's'] = TIME.exec(text) ?? []
  if (amount === undefined) return undefined
  const span = Number(amount) * UNITS[unit as keyof typeof UNITS]
  if (span <= 0 || span > CENTURY) return undefined
  return unit === 'm' || unit === 'y' ? `${String(span / UNITS.d)}d` : `${String(Number(amount))}${unit}`
}

/** What PeerTube keeps, as it can be used; and the labels of the settings whose values cannot, so that their defaults hold. */
export function understand(entries: SettingEntries): { settings: Settings; wrong: string[] } {
  const wrong: string[] = []
  const optionOf = (name: string): RegisterServerSettingOptions | undefined => REGISTERED.find((one) => one.name === name)
  const otherwise = <T>(name: string, value: T): T => {
    wrong.push(optionOf(name)?.label ?? name)
    return value
  }
  const standard = (name: string): string => {
    const value = optionOf(name)?.default
    return typeof value === 'string' ? value : ''
  }
  const text = (name: string): string => {
    const value = entries[name] ?? ''
    return typeof value === 'string' ? value.trim() : otherwise(name, '')
  }
  const flag = (name: string): boolean => {
    const [value, usual] = [entries[name], optionOf(name)?.default === true]
    if (typeof value === 'boolean') return value
    // As a form sends it that knows texts only.
    if (value === 'true' || value === 'false') return value === 'true'
    return value === undefined || (value as unknown) === null || value === '' ? usual : otherwise(name, usual)
  }
  // A field that was emptied has its default again.
  const number = (name: string, most: number): number => {
    const written = text(name)
    const value = Number(written)
    if (/^\d+$/.test(written) && value <= most) return value
    return written === '' ? Number(standard(name)) : otherwise(name, Number(standard(name)))
  }
  const one = <T extends string>(name: string, values: readonly [T, ...T[]]): T => {
    const written = text(name)
    return values.find((known) => known === written) ?? (written === '' ? values[0] : otherwise(name, values[0]))
  }
  const span = (name: string, forever: boolean): string => {
    const written = text(name)
    const value = time(written)
    if (value !== undefined && (forever || value !== 'forever')) return value
    return written === '' ? standard(name) : otherwise(name, standard(name))
  }
  const listed = (name: string): string[] => {
    const lines = text(name).split('\n').map((line) => line.replace(/#.*/, '').trim()).filter(Boolean)
    const uuids = lines.map(uuidOf)
    if (uuids.includes(undefined)) wrong.push(optionOf(name)?.label ?? name)
    return uuids.filter((uuid) => uuid !== undefined)
  }
  const settings: Settings = {
    perLive: flag('chat-per-live-video'),
    allLives: flag('chat-all-lives'),
    allVideos: flag('chat-all-non-lives'),
    listed: listed('chat-videos-list'),
    roomType: one('prosody-room-type', ['video', 'channel']),
    afterLive: one('chat-after-live', ['open', 'readonly', 'hidden']),
    autoOpen: flag('chat-auto-display'),
    ownPage: flag('chat-open-blank'),
    share: one('chat-share-url', ['owner', 'nobody', 'owner+moderators', 'everyone']),
    themeColours: flag('converse-autocolors'),
    accountsOnly: flag('chat-no-anonymous'),
    muteAnonymous: flag('chat-mute-anonymous'),
    slowMode: number('chat-slow-mode', 1000),
    anonymousBan: span('chat-anonymous-ban', false),
    docks: !flag('livechat-token-disabled'),
    retention: span('prosody-muc-expiration', true),
    historyOnJoin: number('chat-history-on-join', 500),
    transport: one('chat-transport', ['auto', 'proxy']),
    connectionsPerAddress: number('chat-connections-per-address', 1_000_000),
    binaryPath: text('chat-binary-path'),
    logLevel: one('chat-log-level', ['info', 'error', 'warn', 'debug']),
  }
  return { settings, wrong }
}

/** The settings alone. */
export const read = (entries: SettingEntries): Settings => understand(entries).settings

/** Whether the program has to start anew for the change to hold. */
export function needsRestart(before: Settings, after: Settings): boolean {
  const keys = ['accountsOnly', 'anonymousBan', 'retention', 'historyOnJoin', 'connectionsPerAddress', 'binaryPath', 'logLevel', 'transport'] as const
  return keys.some((key) => before[key] !== after[key])
}
