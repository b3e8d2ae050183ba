// Who and what there is on the instance that is played.

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
}

const user = (id: number, username: string, name: string, role: number, avatar = false): HostUser => ({
  id, username, role, blocked: false,
  Account: { name, Actor: { Avatars: avatar ? [{ filename: 'a.svg', width: 48, getStaticPath: () => '/avatar.svg' }] : [] } },
})

export const USERS: readonly HostUser[] = [
  user(1, 'root', 'The administrator', 0),
  user(2, 'marguerite', 'Marguerite D.', 2, true),
  user(3, 'bob', 'Bob B.', 2),
]

export const CHANNELS = [{ id: 7, name: 'Garden talk', accountId: 2, owner: 'marguerite', ownerId: 2 }]

export const LIVE = '11111111-2222-4333-8444-555555555555'

export const FIRST: HostVideo =
  { id: 1, uuid: LIVE, name: 'A walk through the garden', language: 'en', isLive: true, remote: false, privacy: 1, state: 1, channelId: 7 }

export const VIDEOS: HostVideo[] = [FIRST]

/** Answers the plugin's queries, and no others. */
export function answer(sql: string, { uuid, id }: Record<string, unknown>): unknown[] {
  switch (sql) {
    case SQL.video:
      return VIDEOS.filter((video) => video.uuid === uuid)
    case SQL.channel:
      return CHANNELS.filter((channel) => channel.id === id)
    case SQL.lives:
      return VIDEOS.filter((video) => video.isLive && video.state === 1)
    case SQL.editors:
      return []
    default:
      throw new Error(`no such query: ${sql}`)
  }
}
