// Plays PeerTube's plugin host, from its published types: enough of it to run the built plugin with the real program and a
// browser. It is a process of its own, so that it can be killed as PeerTube can.
//
// Where it differs from PeerTube: users are a fixed list and a bearer token is a user's name; the database is a table in memory
// that knows the plugin's queries by what they read from; settings and storage are one JSON file; pages are bare and hold what
// the plugin is given in PeerTube's pages, under the same ids; there is no nginx in front unless a test puts a proxy there.
//
// What it has of PeerTube's quirks: WebSocket routes match including the query; 500 requests in 10 s to a plugin from one
// address; `unregister` is not called at the end; static files are immutable for 30 days and have the version in their address,
// which routes need not; bodies of JSON are parsed first; actions are told before PeerTube has answered, that of a channel before
// its database has changed, and none of a publication at a set time, of a video that is blocked or handed to somebody else; storage
// finds no key with a dot, though it keeps it, and has null for what it has not; names of users have dots and hyphens; embeds lack
// most helpers.

import { createRequire } from 'node:module'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import type { IncomingMessage } from 'node:http'

import express, { type Request, type Response } from 'express'
import type { PluginLibrary, PluginPackageJSON, RegisterServerOptions, RegisterServerSettingOptions, SettingEntries } from '@peertube/peertube-types'

import { answer, CHANNELS, EDITORS, FIRST, PLUGINS, USERS, VIDEOS, type HostVideo, type PluginRow } from './world'
import { watchPage, clientPage, embedPage } from './pages'

interface Options {
  readonly port: number
  readonly plugin: string
  readonly directory: string
}

type Handler = (params: unknown) => unknown

const { port, plugin: folder, directory } = JSON.parse(process.argv[2] ?? '{}') as Options
const load = createRequire(join(folder, 'package.json'))
const manifest = load('./package.json') as PluginPackageJSON
const short = manifest.name.replace(/^peertube-plugin-/, '')
const base = `/plugins/${short}/${manifest.version}`
mkdirSync(join(directory, 'data/peertube-plugin-parterre'), { recursive: true })

// Settings and storage.
const file = join(directory, 'plugin.json')
interface Kept { settings: SettingEntries; storage: Record<string, unknown>; livechat?: PluginRow }
const kept: Kept = (() => {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Kept
  } catch {
    return { settings: {}, storage: {} }
  }
})()
const keep = (): void => writeFileSync(file, JSON.stringify(kept))
Object.assign(PLUGINS, { livechat: kept.livechat, ours: kept.settings, keep })

const registered: RegisterServerSettingOptions[] = []
const hooks = new Map<string, Handler[]>()
const sockets: { route: string; handler: (request: IncomingMessage, socket: Duplex, head: Buffer) => unknown }[] = []
const changes: ((settings: SettingEntries) => unknown)[] = []
const router = express.Router()
const log = (level: string) => (text: unknown): void => void process.stderr.write(`${level} ${String(text)}\n`)

const setting = (name: string): string | boolean | undefined => {
  return (kept.settings[name] ?? registered.find((one) => one.name === name)?.default)
}

/** As PeerTube reads it: a dot leads into what is kept, and a text that is JSON is what it says. */
const stored = (key: string): unknown => {
  const value = key.split('.').reduce<unknown>((found, part) => (found as Record<string, unknown> | undefined)?.[part], kept.storage)
  const text = typeof value === 'string' ? value : JSON.stringify(value ?? null)
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const options = {
  registerHook: ({ target, handler }: { target: string; handler: Handler }) => void hooks.set(target, [...(hooks.get(target) ?? []), handler]),
  registerSetting: (one: RegisterServerSettingOptions) => void registered.push(one),
  settingsManager: {
    getSetting: (name: string) => Promise.resolve(setting(name)),
    getSettings: (names: string[]) => Promise.resolve(Object.fromEntries(names.map((name) => [name, setting(name)]))),
    setSetting: (name: string, value: string | boolean) => {
      kept.settings[name] = value
      keep()
      return Promise.resolve()
    },
    onSettingsChange: (change: (settings: SettingEntries) => unknown) => void changes.push(change),
  },
  storageManager: {
    getData: (key: string) => Promise.resolve(stored(key)),
    storeData: (key: string, data: unknown) => {
      kept.storage[key] = data
      keep()
      return Promise.resolve(true)
    },
    deleteData: (key: string) => {
      kept.storage[key] = undefined
      return Promise.resolve(true)
    },
  },
  getRouter: () => router,
  registerWebSocketRoute: (route: (typeof sockets)[number]) => void sockets.push(route),
  peertubeHelpers: {
    logger: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
    database: { query: (sql: string, { replacements }: { replacements: Record<string, unknown> }) => Promise.resolve(answer(sql, replacements)) },
    config: {
      getWebserverUrl: () => `http://localhost:${String(port)}`,
      getServerListeningConfig: () => ({ hostname: '127.0.0.1', port }),
    },
    plugin: {
      getBaseStaticRoute: () => `${base}/static/`,
      getBaseRouterRoute: () => `${base}/router/`,
      getBaseWebSocketRoute: () => `${base}/ws/`,
      getDataDirectoryPath: () => join(directory, 'data/peertube-plugin-parterre'),
    },
    user: {
      getAuthUser: (response: Response) => Promise.resolve(USERS.find((user) => user.username === response.locals['user'] && !user.blocked)),
      loadById: (id: number) => Promise.resolve(USERS.find((user) => user.id === id)),
    },
  },
} as unknown as RegisterServerOptions

// The site.
const app = express()
// As PeerTube's compose file has it (`trust_proxy`).
app.set('trust proxy', ['loopback', '172.18.0.0/16'])
app.use(express.json())
app.use(express.urlencoded({ extended: true }))
app.use((request, response, next) => {
  response.set('X-Frame-Options', 'DENY')
  response.locals['user'] = /^Bearer ([\w.-]+)$/.exec(request.get('authorization') ?? '')?.[1]
  next()
})

const asked = new Map<string, number[]>()
const limited = (request: Request, response: Response, next: () => void): void => {
  const now = Date.now()
  const recent = (asked.get(request.ip ?? '') ?? []).filter((at) => now - at < 10_000)
  asked.set(request.ip ?? '', [...recent, now])
  if (recent.length >= 500) return void response.status(429).end()
  next()
}
for (const prefix of [base, `/plugins/${short}`]) app.use(`${prefix}/router`, limited, router)
for (const [name, path] of Object.entries(manifest.staticDirs)) {
  app.use(`${base}/static/${name}`, limited, express.static(join(folder, path), { maxAge: '30d', immutable: true }))
}
for (const { script } of manifest.clientScripts) {
  app.get(`${base}/client-scripts/${script}`, limited, (_, response) => response.sendFile(join(folder, script)))
}
app.get('/plugins/translations/:locale.json', (request, response) => {
  const path = (manifest.translations as Record<string, string | undefined>)[request.params.locale]
  const words: unknown = path === undefined ? {} : JSON.parse(readFileSync(join(folder, path), 'utf8'))
  response.json({ [manifest.name]: words })
})
app.get('/plugins/global.css', (_, response) => response.type('css').send(manifest.css.map((css) => readFileSync(join(folder, css), 'utf8')).join('\n')))

const clientHost = { base, manifest }
app.get('/w/:uuid', (request, response) => response.send(watchPage(clientHost, request.params.uuid)))
app.get('/p/*', (request, response) => response.send(clientPage(clientHost, request.path.slice(3))))
app.get('/videos/embed/:uuid', (request, response) => response.send(embedPage(clientHost, request.params.uuid)))
app.get('/client-host.js', (_, response) => response.type('js').send(readFileSync(join(__dirname, 'client.js'))))
app.get('/avatar.svg', (_, response) => response.type('svg').send('<svg xmlns="http://www.w3.org/2000/svg" width="48" height="48"><rect width="48" height="48" fill="#b5179e"/></svg>'))
app.get('/api/v1/plugins/settings', (_, response) => response.json(registered))

// What only tests do.
app.post('/host/settings', (request, response) => {
  Object.assign(kept.settings, request.body)
  keep()
  Promise.all(changes.map((change) => change(kept.settings))).then(() => response.json({}), (error: unknown) => response.status(500).send(String(error)))
})
app.post('/host/hook', (request, response) => {
  const { target, params } = request.body as { target: string; params: unknown }
  const run = async (): Promise<unknown> => {
    // Actions get the whole of a video, and PeerTube's answer, which comes after what they tell is so for others.
    const { video } = params as { video?: { uuid: string } }
    const whole = video && { video: { ...VIDEOS.find(({ uuid }) => uuid === video.uuid), ...video } }
    let result = target.startsWith('action:') ? { ...(params as object), ...whole, res: response } : params
    for (const handler of hooks.get(target) ?? []) result = await handler(result)
    return result
  }
  run().then((result) => response.json(target.startsWith('filter:') ? { result } : {}), (error: unknown) => response.status(500).send(String(error)))
})
app.post('/host/video', (request, response) => {
  const given = request.body as Partial<HostVideo> & { uuid: string }
  const there = VIDEOS.find((video) => video.uuid === given.uuid)
  if (there) Object.assign(there, given)
  else VIDEOS.push({ ...FIRST, id: VIDEOS.length + 1, ...given })
  response.json({})
})
app.post('/host/video/remove', (request, response) => {
  const { uuid } = request.body as { uuid: string }
  VIDEOS.splice(0, VIDEOS.length, ...VIDEOS.filter((video) => video.uuid !== uuid))
  response.json({})
})
app.post('/host/block', (request, response) => {
  const { username, blocked } = request.body as { username: string; blocked: boolean }
  const user = USERS.find((one) => one.username === username)
  if (user) user.blocked = blocked
  response.json({ user: { id: user?.id, username } })
})
app.post('/host/editors', (request, response) => {
  EDITORS.splice(0, EDITORS.length, ...(request.body as typeof EDITORS))
  response.json({})
})
app.post('/host/livechat', (request, response) => {
  PLUGINS.livechat = kept.livechat = request.body as PluginRow
  keep()
  response.json({})
})
app.get('/host/channels', (_, response) => response.json(CHANNELS))

const server = createServer(app)
server.on('upgrade', (request, socket, head) => {
  const sub = new RegExp(`^/plugins/${short}/(?:[^/]+/)?ws(/.*)$`).exec(request.url ?? '')?.[1]
  // As PeerTube has it: the query is part of what is compared.
  const route = sub === undefined ? undefined : sockets.find((one) => one.route.startsWith(sub))
  if (route) route.handler(request, socket, head)
  else socket.destroy()
})

const library = load(manifest.library) as PluginLibrary
library.register(options).then(
  () => server.listen(port, '127.0.0.1', () => process.stdout.write('listening\n')),
  (error: unknown) => {
    process.stderr.write(`${String(error)}\n`)
    process.exitCode = 1
  },
)
