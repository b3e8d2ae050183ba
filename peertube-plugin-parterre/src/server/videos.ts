// What PeerTube's database knows of a video or a channel. PeerTube's helpers give a video without its channel's owner, and
// its HTTP API only what the caller may see: hence the queries. They read only columns that have stood since 6.0.

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
export type Query = (sql: string, options: { type: 'SELECT'; replacements: Record<string, unknown> }) => Promise<unknown[]>

export const SQL = {
  video: `SELECT "id", "uuid", "name", "language", "isLive", "remote", "privacy", "state", "channelId" FROM "video" WHERE "uuid" = :uuid`,
  channel: `SELECT c."id", c."name", c."accountId", u."username" AS "owner", u."id" AS "ownerId" FROM "videoChannel" c
    JOIN "account" a ON a."id" = c."accountId" LEFT JOIN "user" u ON u."id" = a."userId" WHERE c."id" = :id`,
  editors: `SELECT u."username" FROM "videoChannelCollaborator" e JOIN "account" a ON a."id" = e."accountId"
    JOIN "user" u ON u."id" = a."userId" WHERE e."channelId" = :id AND e."state" = 2`,
  lives: `SELECT "uuid", "channelId" FROM "video" WHERE "isLive" = true AND "remote" = false AND "state" = 1`,
} as const

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const ROOM = /^channel\.(\d{1,9})$/

/** What the name of a room stands for. */
export function parseRoom(name: string): { video: string } | { channel: number } | undefined {
  if (UUID.test(name)) return { video: name }
  const channel = ROOM.exec(name)?.[1]
  return channel === undefined ? undefined : { channel: Number(channel) }
}

export class Videos {
  constructor(private readonly query: Query) {}

  async video(uuid: string): Promise<Video | undefined> {
    return this.#first<Video>(SQL.video, { uuid })
  }

  async channel(id: number): Promise<Channel | undefined> {
    return this.#first<Channel>(SQL.channel, { id })
  }

  /** Account names of those who edit the channel beside its owner; PeerTube knows them since 8. */
  async editors(id: number): Promise<string[]> {
    try {
      const rows = await this.query(SQL.editors, { type: 'SELECT', replacements: { id } })
      return rows.map((row) => (row as { username: string }).username)
    } catch {
      return []
    }
  }

  /** What is live at this moment: rooms of videos and of channels. */
  async lives(): Promise<Set<string>> {
    const rows = (await this.query(SQL.lives, { type: 'SELECT', replacements: {} })) as { uuid: string; channelId: number }[]
    return new Set(rows.flatMap((row) => [row.uuid, `channel.${String(row.channelId)}`]))
  }

  async #first<T>(sql: string, replacements: Record<string, unknown>): Promise<T | undefined> {
    return (await this.query(sql, { type: 'SELECT', replacements }))[0] as T | undefined
  }
}
