// The PeerTube that is tried: its API, as an administrator and as users who are made for the trial.

import { readFileSync } from 'node:fs'

import type { Check } from '../src/shared/answers'

const variable = (name: string): string => {
  const value = process.env[name]
  if (!value) throw new Error(`Set ${name}: see e2e-real/README.md.`)
  return value
}

export const PLUGIN = 'peertube-plugin-parterre'

export interface Account {
  readonly name: string
  readonly password: string
  readonly id: number
  readonly token: string
}

export interface Live {
  readonly uuid: string
  readonly shortUUID: string
}

export class Site {
  readonly url = variable('PEERTUBE').replace(/\/$/, '')
  readonly administrator = { name: variable('PEERTUBE_USER'), password: variable('PEERTUBE_PASSWORD') }
  #token = ''

  /** Logs in as the administrator, and sees that the plugin is there. */
  async enter(): Promise<void> {
    this.#token = await this.#login(this.administrator.name, this.administrator.password)
    await this.ask('GET', `/api/v1/plugins/${PLUGIN}`)
  }

  /** Asks as the administrator, or as the bearer of another token. */
  async ask<T = unknown>(method: string, path: string, body?: unknown, token = this.#token): Promise<T> {
    const form = body instanceof FormData
    const answer = await fetch(this.url + path, {
      method,
      headers: { ...(token && { Authorization: `Bearer ${token}` }), ...(body !== undefined && !form && { 'Content-Type': 'application/json' }) },
      ...(body !== undefined && { body: form ? body : JSON.stringify(body) }),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path}: ${String(answer.status)} ${text}`)
    return (text ? JSON.parse(text) : undefined) as T
  }

  status(path: string): Promise<number> {
    return fetch(this.url + path).then((answer) => answer.status, () => 0)
  }

  async user(name: string, displayName: string): Promise<Account> {
    const password = `secret-${Math.random().toString(36).slice(2)}`
    const { user } = await this.ask<{ user: { id: number } }>('POST', '/api/v1/users', {
      username: name, password, email: `${name}@example.com`, videoQuota: -1, videoQuotaDaily: -1, role: 2, channelName: `${name}_channel`,
    })
    const token = await this.#login(name, password)
    await this.ask('PUT', '/api/v1/users/me', { displayName, noWelcomeModal: true, noAccountSetupWarningModal: true, noInstanceConfigWarningModal: true }, token)
    return { name, password, id: user.id, token }
  }

  async live(streamer: Account, name: string): Promise<Live> {
    const { videoChannels } = await this.ask<{ videoChannels: { id: number }[] }>('GET', '/api/v1/users/me', undefined, streamer.token)
    const form = new FormData()
    for (const [key, value] of Object.entries({ channelId: String(videoChannels[0]?.id), name, privacy: '1', permanentLive: 'true', saveReplay: 'false' })) form.set(key, value)
    return (await this.ask<{ video: Live }>('POST', '/api/v1/videos/live', form, streamer.token)).video
  }

  async checks(): Promise<readonly Check[]> {
    return (await this.ask<{ checks: Check[] }>('GET', '/plugins/parterre/router/diagnosis')).checks
  }

  /** The process of the program, as the diagnosis names it. */
  async program(): Promise<number> {
    const running = (await this.checks()).find(({ name }) => name === 'The program runs')
    return Number(/process (\d+)/.exec(running?.detail ?? '')?.[1] ?? 0)
  }

  /** Ends the program as hard as can be from here. */
  async crash(): Promise<void> {
    const pid = await this.program()
    if (isProgram(pid)) process.kill(pid, 'SIGKILL')
    else await this.ask('POST', '/plugins/parterre/router/restart')
  }

  async #login(username: string, password: string): Promise<string> {
    const client = await this.ask<{ client_id: string; client_secret: string }>('GET', '/api/v1/oauth-clients/local')
    const body = new URLSearchParams({ ...client, grant_type: 'password', username, password })
    const answer = await fetch(`${this.url}/api/v1/users/token`, { method: 'POST', body })
    const { access_token: token } = (await answer.json()) as { access_token?: string }
    if (!token) throw new Error(`${username} cannot log in: ${String(answer.status)}`)
    return token
  }
}

/** Whether that process is one of this machine, and the program. */
export function isProgram(pid: number): boolean {
  try {
    return readFileSync(`/proc/${String(pid)}/comm`, 'utf8').trim() === 'parterre'
  } catch {
    return false
  }
}
