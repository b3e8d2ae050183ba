// What PeerTube's database knows of a video or a channel. PeerTube's helpers give a video without its channel's owner, and
// its HTTP API only what the caller may see: hence the queries. They read only columns that have stood since 6.0.

import type { ChannelName } from '../shared/answers'

export interface Video {
  readonly id: number
  readonly uuid: string
  readonly name: string
  readonly language: string | null
  readonly isLive: boolean
  readonly remote: boolean
  readonly privacy: number
  readonly state: number
  readonly channelId: number
  /** By the instance's staff, or until they have looked at it. */
  readonly blocked: boolean
}

export interface Channel {
  readonly id: number
  readonly name: string
  readonly accountId: number
  /** The account's user; null: it is of another instance. */
  readonly owner: string | null
  readonly ownerId: number | null
}

export const Privacy = { public: 1, unlisted: 2, private: 3, internal: 4, password: 5 } as const

/** As Sequelize takes it. */
export type Query = (sql: string, options: { type: 'SELECT' | 'UPDATE'; replacements: Record<string, unknown> }) => Promise<unknown[]>

const BLOCKED = `EXISTS (SELECT 1 FROM "videoBlacklist" b WHERE b."videoId" = "video"."id")`

export const SQL = {
  video: `SELECT "id", "uuid", "name", "language", "isLive", "remote", "privacy", "state", "channelId", ${BLOCKED} AS "blocked"
    FROM "video" WHERE "uuid" = :uuid`,
  channel: `SELECT c."id", c."name", c."accountId", u."username" AS "owner", u."id" AS "ownerId" FROM "videoChannel" c
    JOIN "account" a ON a."id" = c."accountId" LEFT JOIN "user" u ON u."id" = a."userId" WHERE c."id" = :id`,
  editing: `SELECT to_regclass('"videoChannelCollaborator"') IS NOT NULL AS "there"`,
  editors: `SELECT u."username" FROM "videoChannelCollaborator" e JOIN "account" a ON a."id" = e."accountId"
    JOIN "user" u ON u."id" = a."userId" WHERE e."channelId" = :id AND e."state" = 2`,
  owned: `SELECT c."id", c."name" FROM "videoChannel" c JOIN "account" a ON a."id" = c."accountId" WHERE a."userId" = :user`,
  edited: `SELECT c."id", c."name" FROM "videoChannelCollaborator" e JOIN "videoChannel" c ON c."id" = e."channelId"
    JOIN "account" a ON a."id" = e."accountId" WHERE a."userId" = :user AND e."state" = 2`,
  videosOf: `SELECT "uuid" FROM "video" WHERE "channelId" = :channel`,
  closed: `SELECT "uuid" FROM "video" WHERE "uuid" IN (:uuids) AND ("privacy" NOT IN (1, 2) OR ${BLOCKED})`,
  channelsOf: `SELECT "uuid", "channelId" FROM "video" WHERE "uuid" IN (:uuids)`,
  accounts: `SELECT lower("username") AS "name" FROM "user" WHERE lower("username") IN (:names)`,
  rooms: `SELECT "uuid"::text AS "name" FROM "video" WHERE "remote" = false
    UNION ALL SELECT 'channel.' || "id" AS "name" FROM "videoChannel"`,
  lives: `SELECT "uuid", "channelId" FROM "video" WHERE "isLive" = true AND "remote" = false AND "state" = 1`,
} as const

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const ROOM = /^channel\.(\d{1,9})$/

// Without what looks alike: 0, l, I and O.
const SHORT = '123456789abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ'

/** A UUID as it is written in PeerTube's addresses, long or short (base 58); `undefined`: it is none. */
export function uuidOf(text: string): string | undefined {
  if (UUID.test(text.toLowerCase())) return text.toLowerCase()
  if (!/^[1-9a-km-zA-HJ-NP-Z]{20,22}$/.test(text)) return undefined
  const value = Array.from(text).reduce((sum, char) => sum * 58n + BigInt(SHORT.indexOf(char)), 0n)
  if (value >> 128n) return undefined
  return value.toString(16).padStart(32, '0').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** What the name of a room stands for. */
export function parseRoom(name: string): { video: string } | { channel: number } | undefined {
  if (UUID.test(name)) return { video: name }
  const channel = ROOM.exec(name)?.[1]
  return channel === undefined ? undefined : { channel: Number(channel) }
}

export class Videos {
  #editing: Promise<boolean> | undefined

  constructor(private readonly query: Query) {}

  async video(uuid: string): Promise<Video | undefined> {
    return this.#first<Video>(SQL.video, { uuid })
  }

  async channel(id: number): Promise<Channel | undefined> {
    return this.#first<Channel>(SQL.channel, { id })
  }

  /** Account names of those who edit the channel beside its owner. */
  async editors(id: number): Promise<string[]> {
    if (!(await this.#knowsEditors())) return []
    return (await this.#all<{ username: string }>(SQL.editors, { id })).map(({ username }) => username)
  }

  /** The channels that somebody owns or edits, by name. */
  async channelsOf(user: number): Promise<ChannelName[]> {
    const owned = await this.#all<ChannelName>(SQL.owned, { user })
    const edited = (await this.#knowsEditors()) ? await this.#all<ChannelName>(SQL.edited, { user }) : []
    return [...owned, ...edited].sort((one, other) => one.name.localeCompare(other.name))
  }

  /** The videos of a channel. */
  async videosOf(channel: number): Promise<string[]> {
    return (await this.#all<{ uuid: string }>(SQL.videosOf, { channel })).map(({ uuid }) => uuid)
  }

  /** Which of these videos are not for everybody. */
  async closed(uuids: readonly string[]): Promise<string[]> {
    if (uuids.length === 0) return []
    return (await this.#all<{ uuid: string }>(SQL.closed, { uuids })).map(({ uuid }) => uuid)
  }

  /** The channel of each room that is of one. */
  async channelsOfRooms(rooms: readonly string[]): Promise<Map<string, number>> {
    const parsed = rooms.map((room) => [room, parseRoom(room)] as const)
    const uuids = parsed.flatMap(([room, of]) => (of && 'video' in of ? [room] : []))
    const videos = uuids.length > 0 ? await this.#all<{ uuid: string; channelId: number }>(SQL.channelsOf, { uuids }) : []
    return new Map([
      ...videos.map(({ uuid, channelId }) => [uuid, channelId] as const),
      ...parsed.flatMap(([room, of]) => (of && 'channel' in of ? [[room, of.channel] as const] : [])),
    ])
  }

  /** Which of these, in lower case, are accounts here. */
  async accounts(names: readonly string[]): Promise<Set<string>> {
    if (names.length === 0) return new Set()
    return new Set((await this.#all<{ name: string }>(SQL.accounts, { names })).map(({ name }) => name))
  }

  /** What is live at this moment: rooms of videos and of channels. */
  async lives(): Promise<Set<string>> {
    const rows = await this.#all<{ uuid: string; channelId: number }>(SQL.lives, {})
    return new Set(rows.flatMap((row) => [row.uuid, `channel.${String(row.channelId)}`]))
  }

  /** Names of all rooms that can be: of this instance's videos, and of channels. */
  async rooms(): Promise<Set<string>> {
    const rows = await this.#all<{ name: string }>(SQL.rooms, {})
    return new Set(rows.map(({ name }) => name))
  }

  /** PeerTube has editors since 8. Asked once: to ask for a table that is not there is an error in the database's log each time. */
  async #knowsEditors(): Promise<boolean> {
    this.#editing ??= this.#first<{ there: boolean }>(SQL.editing, {}).then((row) => row?.there === true)
    try {
      return await this.#editing
    } catch (error) {
      this.#editing = undefined
      throw error
    }
  }

  async #first<T>(sql: string, replacements: Record<string, unknown>): Promise<T | undefined> {
    return (await this.#all<T>(sql, replacements))[0]
  }

  async #all<T>(sql: string, replacements: Record<string, unknown>): Promise<T[]> {
    return (await this.query(sql, { type: 'SELECT', replacements })) as T[]
  }
}
