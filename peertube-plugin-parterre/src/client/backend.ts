// What the pages ask of the plugin's routes, with PeerTube's session where there is one.

import type { RegisterClientHelpers } from '@peertube/peertube-types/client'

import type { ChannelAnswer, ChannelName, ChannelOptions, ChatAnswer, Diagnosis, DockToken, Faults, Ping, RoomAnswer, TakeOverAnswer } from '../shared/answers'

/** The part of PeerTube's helpers that is needed. In embeds most of them throw. */
export type Helpers = Pick<RegisterClientHelpers, 'translate'> & Partial<RegisterClientHelpers>

/** Without the version, which PeerTube's own word for it has: pages that are open while the plugin is updated go on. */
const ROUTER = '/plugins/parterre/router'

export class Failed extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly faults: Partial<Faults> = {},
  ) {
    super(message)
  }
}

/** Whether a request was refused. A page is built by itself and has a class of its own, so that `instanceof` says nothing. */
export const isFailed = (error: unknown): error is Failed => error instanceof Error && 'status' in error

export class Backend {
  constructor(readonly helpers: Helpers) {}

  config(name: string): Promise<ChatAnswer> {
    return this.#ask('GET', `config/${encodeURIComponent(name)}`)
  }

  async token(name: string): Promise<string | undefined> {
    if (this.helpers.isLoggedIn?.() !== true) return undefined
    return (await this.#ask<{ token?: string }>('GET', `token/${encodeURIComponent(name)}`)).token
  }

  takeRole(name: string): Promise<unknown> {
    return this.#ask('POST', `role/${encodeURIComponent(name)}`)
  }

  rooms(): Promise<RoomAnswer[]> {
    return this.#ask('GET', 'rooms')
  }

  diagnosis(): Promise<Diagnosis> {
    return this.#ask('GET', 'diagnosis')
  }

  ping(): Promise<Ping> {
    return this.#ask('GET', 'ping')
  }

  restart(): Promise<unknown> {
    return this.#ask('POST', 'restart')
  }

  docks(): Promise<DockToken[]> {
    return this.#ask('GET', 'docks')
  }

  addDock(label: string): Promise<DockToken & { token: string }> {
    return this.#ask('POST', 'docks', { label })
  }

  removeDock(id: string): Promise<unknown> {
    return this.#ask('DELETE', `docks/${encodeURIComponent(id)}`)
  }

  channels(): Promise<ChannelName[]> {
    return this.#ask('GET', 'channels')
  }

  channel(id: number): Promise<ChannelAnswer> {
    return this.#ask('GET', `channels/${String(id)}`)
  }

  setChannel(id: number, options: ChannelOptions): Promise<ChannelAnswer> {
    return this.#ask('PUT', `channels/${String(id)}`, options)
  }

  addEmoji(id: number, name: string, picture: string): Promise<ChannelAnswer> {
    return this.#ask('PUT', `channels/${String(id)}/emoji/${encodeURIComponent(name)}`, { picture })
  }

  removeEmoji(id: number, name: string): Promise<ChannelAnswer> {
    return this.#ask('DELETE', `channels/${String(id)}/emoji/${encodeURIComponent(name)}`)
  }

  takeOver(): Promise<TakeOverAnswer> {
    return this.#ask('GET', 'take-over')
  }

  beginTakeOver(): Promise<TakeOverAnswer> {
    return this.#ask('POST', 'take-over')
  }

  async #ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const headers = { ...this.helpers.getAuthHeader?.(), ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) }
    const answer = await fetch(`${ROUTER}/${path}`, {
      method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const said: unknown = await answer.json().catch(() => undefined)
    if (!answer.ok) {
      const { error, ...faults } = (said ?? {}) as Partial<Faults> & { error?: string }
      throw new Failed(answer.status, error ?? `${String(answer.status)} ${answer.statusText}`, faults)
    }
    return said as T
  }
}
