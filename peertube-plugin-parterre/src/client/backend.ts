// What the pages ask of the plugin's routes, with PeerTube's session where there is one.

import type { RegisterClientHelpers } from '@peertube/peertube-types/client'

import type { ChatAnswer, Diagnosis, DockToken, Ping, RoomAnswer } from '../shared/answers'

/** The part of PeerTube's helpers that is needed; embeds have fewer. */
export type Helpers = Pick<RegisterClientHelpers, 'getBaseRouterRoute' | 'translate'> & Partial<RegisterClientHelpers>

export class Failed extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message)
  }
}

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

  async #ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const headers = { ...this.helpers.getAuthHeader?.(), ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) }
    const answer = await fetch(`${this.helpers.getBaseRouterRoute()}/${path}`, {
      method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const said: unknown = await answer.json().catch(() => undefined)
    if (!answer.ok) throw new Failed(answer.status, (said as { error?: string } | undefined)?.error ?? `${String(answer.status)} ${answer.statusText}`)
    return said as T
  }
}
