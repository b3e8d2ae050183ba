// All parts of one running plugin, and how they are put together. The only place that knows all of them.

import { chmodSync, mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Socket } from 'node:net'

import type { PeerTubeHelpers, RegisterServerOptions, SettingEntries } from '@peertube/peertube-types'

import type { Diagnosis } from '../shared/answers'
import type { Viewer } from './activation'
import { Api } from './api'
import { Banishment } from './banishment'
import { find, versionOf } from './binary'
import { Channels } from './channels'
import { Child, type Logger, type Plan } from './child'
import { toml } from './configuration'
import { diagnose } from './diagnosis'
import { Docks } from './docks'
import { Emoji } from './emoji'
import { forwardedFor, type Trust } from './hops'
import { Livechat } from './livechat'
import { Notes } from './notes'
import type { Files } from './pages'
import { People } from './people'
import { Rooms } from './rooms'
import { NAMES, needsRestart, understand, type Settings } from './settings'
import { secret, sign } from './tokens'
import { TakeOver } from './take-over'
import { Transport } from './transport'
import { Videos, type Query } from './videos'

/** The longest path that a unix socket can have. */
const SOCKET_PATH = 100

/** How much may wait for the program to run. Beyond that the oldest is left out. */
const MOST_WAITING = 10_000

/** Which file of the web client is which; written when the plugin is built. */
declare const CLIENT_FILES: { readonly chat: string; readonly overlay: string }

export class Plugin {
  readonly origin: string
  readonly domain: string
  readonly router = '/plugins/parterre/router/'
  readonly webSocket: string
  readonly socket: string
  readonly files: Files
  readonly trialRoom = 'parterre-diagnosis'
  readonly tokenSecret = secret()
  readonly api: Api
  readonly videos: Videos
  readonly channels: Channels
  readonly emoji: Emoji
  readonly livechat: Livechat
  readonly takeOver: TakeOver
  readonly rooms: Rooms
  readonly banishment: Banishment
  readonly people: People
  readonly docks: Docks
  readonly transport: Transport
  readonly child: Child
  readonly dataDirectory: string
  readonly log: Logger
  /** Known with the first request that Express brings: everybody's chat begins with one. */
  trust: Trust | undefined
  readonly #apiToken = secret()
  /** What waits for the program to run. */
  #afterStart: (() => Promise<unknown>)[] = []
  #settings: Settings
  #binary: { path: string; version: string } | undefined

  private constructor(options: RegisterServerOptions, entries: SettingEntries) {
    const { peertubeHelpers: helpers } = options
    this.log = helpers.logger
    this.#settings = this.#read(entries)
    const url = new URL(helpers.config.getWebserverUrl())
    this.origin = url.origin
    this.domain = url.hostname
    // Without the version, so that those who are here find back after the plugin has got a new one.
    this.webSocket = `${url.origin.replace(/^http/, 'ws')}/plugins/parterre/ws/xmpp-websocket`
    this.dataDirectory = helpers.plugin.getDataDirectoryPath()
    this.socket = socketIn(this.dataDirectory)
    this.files = filesIn(helpers)
    this.api = new Api(this.socket, this.#apiToken)
    const query = helpers.database.query as Query
    this.videos = new Videos(query)
    this.livechat = new Livechat(query)
    const storage = options.storageManager
    this.channels = new Channels(storage, () => this.#settings)
    this.emoji = new Emoji(this.dataDirectory)
    const notes = new Notes(this.dataDirectory)
    this.rooms = new Rooms(this.api, this.videos, storage, this.channels, this.livechat, notes, () => this.#settings, this.domain)
    this.banishment = new Banishment(this.api, storage, (name) => this.rooms.account(name))
    this.people = new People(helpers, this.origin)
    this.docks = new Docks(storage)
    this.transport = new Transport(this.socket, this.log)
    this.takeOver = new TakeOver(this)
    this.child = new Child(() => this.plan(), {
      started: (child) => this.transport.began(child, this.#settings.transport === 'auto'),
      ready: () => void this.#ready(),
      stopping: () => this.transport.end(),
      ended: () => this.rooms.forget(),
    }, this.log)
  }

  static async make(options: RegisterServerOptions): Promise<Plugin> {
    const taken = await new Livechat(options.peertubeHelpers.database.query as Query).takeSettings().catch((error: unknown) => {
      options.peertubeHelpers.logger.warn(`The settings of peertube-plugin-livechat could not be read: ${error instanceof Error ? error.message : String(error)}`)
      return []
    })
    if (taken.length > 0) options.peertubeHelpers.logger.info(`Settings taken over from peertube-plugin-livechat: ${taken.join(', ')}.`)
    return new Plugin(options, await options.settingsManager.getSettings([...NAMES]))
  }

  get settings(): Settings {
    return this.#settings
  }

  get binary(): { path: string; version: string } | undefined {
    return this.#binary
  }

  /** Settings were saved: what can takes hold at once, the rest with a new start. */
  async apply(entries: SettingEntries): Promise<void> {
    const before = this.#settings
    this.#settings = this.#read(entries)
    if (needsRestart(before, this.#settings)) await this.child.restart()
  }

  takeSocket(request: Parameters<Transport['take']>[0]['request'], socket: unknown, head: Buffer): void {
    if (!(socket instanceof Socket)) return
    this.transport.take({ request, socket, head, from: forwardedFor(request, this.trust) }, this.child.state.is === 'running')
  }

  async diagnose(viewer: Viewer): Promise<Diagnosis> {
    return diagnose(this, viewer)
  }

  /** A token for the trial of the diagnosis. */
  trialToken(viewer: Viewer): string {
    const person = { account: viewer.account.toLowerCase(), name: viewer.account, avatar: undefined, affiliations: { [this.trialRoom]: 'owner' as const } }
    return sign(person, this.domain, this.tokenSecret, Date.now() / 1000)
  }

  async stop(): Promise<void> {
    this.takeOver.end()
    await this.child.stop()
  }

  /** Reads what was saved; what cannot be used is said, and its default holds. */
  #read(entries: SettingEntries): Settings {
    const { settings, wrong } = understand(entries)
    if (wrong.length > 0) this.log.warn(`These settings of the chat cannot be read, and have their defaults: ${wrong.join('; ')}.`)
    return settings
  }

  /** Does that now, or as soon as the program runs. */
  async whenRunning(work: () => Promise<unknown>): Promise<void> {
    if (this.child.state.is === 'running') {
      await work()
      return
    }
    this.#afterStart.push(work)
    if (this.#afterStart.length > MOST_WAITING) this.#afterStart.shift()
  }

  /** What to start, and with what. */
  async plan(): Promise<Plan> {
    this.#binary = undefined
    const found = find(this.#settings.binaryPath)
    this.#binary = { path: found.path, version: await versionOf(found.path) }
    mkdirSync(this.dataDirectory, { recursive: true })
    const place = { domain: this.domain, dataDirectory: this.dataDirectory, socket: this.socket, apiToken: this.#apiToken, tokenSecret: this.tokenSecret }
    return { path: found.path, configuration: toml(this.#settings, place), logLevel: this.#settings.logLevel, control: true }
  }

  async #ready(): Promise<void> {
    this.rooms.forget()
    // At the same time: nobody who comes is to be carried because there is much to do.
    const handing = this.transport.ready()
    for (const work of [...this.#afterStart.splice(0), () => this.rooms.close()]) {
      await work().catch((error: unknown) => this.log.error(`After the start: ${error instanceof Error ? error.message : String(error)}`))
    }
    await handing
  }
}

/** The socket's path: in the data directory, or in one of our own where that path is too long for a socket. */
function socketIn(directory: string): string {
  const path = join(directory, 'parterre.sock')
  if (Buffer.byteLength(path) <= SOCKET_PATH) return path
  const own = mkdtempSync(join(tmpdir(), 'parterre-'))
  chmodSync(own, 0o700)
  return join(own, 'parterre.sock')
}

function filesIn(helpers: PeerTubeHelpers): Files {
  const base = helpers.plugin.getBaseStaticRoute()
  const at = (name: string): string => `${base.replace(/\/?$/, '/')}${name}`
  return {
    chat: at(`chat/${CLIENT_FILES.chat}`),
    overlay: at(`chat/${CLIENT_FILES.overlay}`),
    chatStyle: at('pages/chat.css'),
    overlayStyle: at('pages/overlay.css'),
    dock: at('pages/dock.js'),
    emoji: at('pages/emoji.js'),
  }
}
