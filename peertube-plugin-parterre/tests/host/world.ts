// Who and what there is on the instance that is played.

import { LIVECHAT } from '../../src/server/livechat'
import { SQL } from '../../src/server/videos'

export interface HostUser {
  readonly id: number
  readonly username: string
  readonly role: number
  blocked: boolean
  readonly Account: { readonly name: string; readonly Actor: { readonly Avatars: readonly unknown[] } }
}

export interface HostVideo {
  id: number
  uuid: string
  name: string
  language: string | null
  isLive: boolean
  remote: boolean
  privacy: number
  state: number
  channelId: number
  blocked: boolean
}

const user = (id: number, username: string, name: string, role: number, avatar = false): HostUser => ({
  id, username, role, blocked: false,
  Account: { name, Actor: { Avatars: avatar ? [{ filename: 'a.svg', width: 48, getStaticPath: () => '/avatar.svg' }] : [] } },
})

export const USERS: readonly HostUser[] = [
  user(1, 'root', 'The administrator', 0),
  user(2, 'marguerite', 'Marguerite D.', 2, true),
  user(3, 'bob', 'Bob B.', 2),
  user(4, 'ann.lee', 'Ann Lee', 2),
  user(5, 'jean-luc', 'Jean-Luc', 2),
]

export const CHANNELS = [
  { id: 7, name: 'Garden talk', accountId: 2, owner: 'marguerite', ownerId: 2 },
  { id: 9, name: 'Kitchen talk', accountId: 5, owner: 'jean-luc', ownerId: 5 },
]

export const LIVE = '11111111-2222-4333-8444-555555555555'

export const FIRST: HostVideo =
  { id: 1, uuid: LIVE, name: 'A walk through the garden', language: 'en', isLive: true, remote: false, privacy: 1, state: 1, channelId: 7, blocked: false }

export const VIDEOS: HostVideo[] = [FIRST]

/** Editors of channels: who edits which. */
export const EDITORS: { channelId: number; username: string }[] = []

/** PeerTube's row of a plugin. */
export interface PluginRow {
  settings: Record<string, unknown> | null
  storage: Record<string, unknown>
  enabled: boolean
}

/** The row of peertube-plugin-livechat; `undefined`: it never was here. `ours`: what is kept of our settings. */
export const PLUGINS: { livechat: PluginRow | undefined; ours: Record<string, unknown>; keep: () => void } = { livechat: undefined, ours: {}, keep: () => undefined }

const channelsOf = (fits: (channel: (typeof CHANNELS)[number]) => boolean) => CHANNELS.filter(fits).map(({ id, name }) => ({ id, name }))

/** Answers the plugin's queries, and no others. */
export function answer(sql: string, given: Record<string, unknown>): unknown[] {
  const { uuid, id, user, channel, names, uuids, key } = given
  const { livechat, ours } = PLUGINS
  switch (sql) {
    case SQL.video:
      return VIDEOS.filter((video) => video.uuid === uuid)
    case SQL.channel:
      return CHANNELS.filter((channel) => channel.id === id)
    case SQL.rooms:
      return [...VIDEOS.filter((video) => !video.remote).map(({ uuid }) => ({ name: uuid })), ...CHANNELS.map(({ id }) => ({ name: `channel.${String(id)}` }))]
    case SQL.lives:
      return VIDEOS.filter((video) => video.isLive && video.state === 1)
    case SQL.editing:
      return [{ there: true }]
    case SQL.editors:
      return EDITORS.filter(({ channelId }) => channelId === id)
    case SQL.owned:
      return channelsOf((channel) => channel.ownerId === user)
    case SQL.edited:
      return channelsOf((channel) => EDITORS.some((one) => one.channelId === channel.id && USERS.find(({ id }) => id === user)?.username === one.username))
    case SQL.videosOf:
      return VIDEOS.filter((video) => video.channelId === channel)
    case SQL.closed:
      return VIDEOS.filter((video) => (uuids as string[]).includes(video.uuid) && (video.privacy > 2 || video.blocked))
    case SQL.channelsOf:
      return VIDEOS.filter((video) => (uuids as string[]).includes(video.uuid))
    case SQL.accounts:
      return USERS.filter(({ username }) => (names as string[]).includes(username)).map(({ username }) => ({ name: username }))
    case LIVECHAT.choice: {
      const value = livechat?.storage[String(key)]
      return livechat ? [{ value: value === undefined ? null : JSON.stringify(value).replaceAll('"', '') }] : []
    }
    case LIVECHAT.settings:
      return livechat ? [{ settings: livechat.settings, running: livechat.enabled }] : []
    case LIVECHAT.take:
      if (Object.keys(ours).length > 0) return [undefined, 0]
      Object.assign(ours, JSON.parse(String(given['settings'])))
      PLUGINS.keep()
      return [undefined, 1]
    default:
      throw new Error(`no such query: ${sql}`)
  }
}
