// What peertube-plugin-livechat has kept in PeerTube's database: what streamers chose for each video, and the settings. It is
// read where we have nothing of our own, so that nobody has to choose again; it is never changed.

import { REGISTERED } from './settings'
import type { Query } from './videos'

/** PeerTube's table of plugins; 1 is a plugin, 2 a theme. Rows stay when a plugin is removed. */
export const LIVECHAT = {
  choice: `SELECT "storage" ->> :key AS "value" FROM "plugin" WHERE "name" = 'livechat' AND "type" = 1`,
  settings: `SELECT "settings", ("enabled" AND NOT "uninstalled") AS "running" FROM "plugin" WHERE "name" = 'livechat' AND "type" = 1`,
  // In one statement, and only where nothing was ever saved: to do it twice changes nothing.
  take: `UPDATE "plugin" SET "settings" = CAST( :settings AS jsonb) WHERE "name" = 'parterre' AND "type" = 1
    AND coalesce("settings", '{}') = '{}'`,
} as const

/** Of its settings those that are ours, too, with values that we take. Pure. */
export function shared(theirs: unknown): Record<string, string | boolean> {
  const given = (typeof theirs === 'object' && theirs !== null ? theirs : {}) as Record<string, unknown>
  const pairs = REGISTERED.flatMap(({ name, type, options }) => {
    const value = name === undefined ? undefined : given[name]
    if (name === undefined || value === undefined) return []
    const fits =
      type === 'input-checkbox' ? typeof value === 'boolean'
      : type === 'select' ? options?.some((option) => option.value === value) === true
      : typeof value === 'string'
    return fits ? [[name, value as string | boolean] as const] : []
  })
  return Object.fromEntries(pairs)
}

const KNOWN = 10_000

export class Livechat {
  /** Videos that it knows nothing of. What is chosen there from now on is told to us as well: the form's field is the same. */
  readonly #nothing = new Set<number>()

  constructor(private readonly query: Query) {}

  /** What the streamer chose for that video there. */
  async choice(video: number): Promise<boolean | undefined> {
    if (this.#nothing.has(video)) return undefined
    const rows = await this.query(LIVECHAT.choice, { type: 'SELECT', replacements: { key: `livechat-active-${String(video)}` } })
    const value = (rows[0] as { value?: unknown } | undefined)?.value
    if (value === 'true' || value === true) return true
    if (value === 'false' || value === false || value === 'null') return false
    if (this.#nothing.size >= KNOWN) this.#nothing.clear()
    this.#nothing.add(video)
    return undefined
  }

  /** Whether it is installed and switched on. */
  async running(): Promise<boolean> {
    return (await this.#row())?.running === true
  }

  /** Takes its settings over where ours were never saved. Gives the names of those that were taken. */
  async takeSettings(): Promise<string[]> {
    const row = await this.#row()
    const settings = shared(row?.settings)
    const names = Object.keys(settings)
    if (names.length === 0) return []
    const [, changed] = (await this.query(LIVECHAT.take, { type: 'UPDATE', replacements: { settings: JSON.stringify(settings) } })) as [unknown, number]
    return changed > 0 ? names : []
  }

  async #row(): Promise<{ settings?: unknown; running?: boolean } | undefined> {
    return (await this.query(LIVECHAT.settings, { type: 'SELECT', replacements: {} }))[0] as { settings?: unknown; running?: boolean } | undefined
  }
}
