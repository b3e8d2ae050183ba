// A played PeerTube with the built plugin and the real program, for each test file's worker, and people with browsers.

import { test as plain, expect, type Browser, type BrowserContext, type Page } from '@playwright/test'
import { buildSync } from 'esbuild'
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

export const LIVE = '11111111-2222-4333-8444-555555555555'

const plugin = resolve(__dirname, '..')
const binary = process.env['PARTERRE_BIN'] ?? join(process.env['CARGO_TARGET_DIR'] ?? join(plugin, '../target'), 'debug/parterre')
const built = join(plugin, 'tests/.built')

function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => done(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

/** The program that a process has started, by what the system says. */
function childOf(pid: number): number | undefined {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      if (Number(parent) === pid && state !== 'Z' && stat.includes('(parterre)')) return Number(name)
    } catch {
      // It is gone again.
    }
  }
  return undefined
}

export const lives = (pid: number): boolean => existsSync(`/proc/${String(pid)}`)

export class Host {
  readonly directory = mkdtempSync(join(tmpdir(), 'parterre-host-'))
  readonly log: string[] = []
  #process: ChildProcess | undefined

  private constructor(
    readonly port: number,
    private readonly settings: Record<string, unknown>,
  ) {}

  static async start(settings: Record<string, unknown> = {}): Promise<Host> {
    const host = new Host(await freePort(), settings)
    await host.start()
    await host.post('/host/hook', { target: 'action:api.live-video.created', params: { video: { uuid: LIVE } } })
    await host.up()
    return host
  }

  get url(): string {
    return `http://localhost:${String(this.port)}`
  }

  get pid(): number {
    return this.#process?.pid ?? 0
  }

  async start(): Promise<void> {
    const file = join(this.directory, 'plugin.json')
    if (!existsSync(file)) writeFileSync(file, JSON.stringify({ settings: this.settings, storage: {} }))
    const given = JSON.stringify({ port: this.port, plugin, directory: this.directory })
    // The program is found in the PATH, so that a test may begin with settings that nobody ever saved.
    const env = { ...process.env, PATH: `${dirname(binary)}:${process.env['PATH'] ?? ''}` }
    const child = spawn(process.execPath, [join(built, 'host.cjs'), given], { stdio: ['ignore', 'pipe', 'pipe'], env })
    this.#process = child
    child.stderr.on('data', (text: Buffer) => this.log.push(text.toString()))
    await new Promise<void>((done, fail) => {
      child.stdout.once('data', () => done())
      child.once('exit', () => fail(new Error(`the host ended:\n${this.log.join('')}`)))
    })
    await this.up()
  }

  /** Waits until the program runs. */
  async up(): Promise<void> {
    await expect(async () => expect((await this.config())['why']).not.toBe('down')).toPass({ timeout: 20_000 })
  }

  async config(user?: string, room = LIVE): Promise<Record<string, unknown>> {
    return (await this.ask('GET', `/plugins/parterre/router/config/${room}`, user)) as Record<string, unknown>
  }

  async ask(method: string, path: string, user?: string, body?: unknown): Promise<unknown> {
    const headers = { 'Content-Type': 'application/json', ...(user ? { Authorization: `Bearer ${user}` } : {}) }
    const answer = await fetch(this.url + path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
    return answer.json()
  }

  /** The status of an answer, for what is refused. */
  async status(method: string, path: string, user?: string, body?: unknown): Promise<number> {
    const headers = { 'Content-Type': 'application/json', ...(user ? { Authorization: `Bearer ${user}` } : {}) }
    return (await fetch(this.url + path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })).status
  }

  /** A directory of the plugin that this one replaces. */
  get livechat(): string {
    return join(this.directory, 'data/peertube-plugin-livechat')
  }

  post(path: string, body: unknown): Promise<unknown> {
    return this.ask('POST', path, undefined, body)
  }

  /** Which way connections go, as the diagnosis says. */
  async way(): Promise<{ verdict: string; detail: string }> {
    const { checks } = (await this.ask('GET', '/plugins/parterre/router/diagnosis', 'root')) as { checks: { name: string; verdict: string; detail: string }[] }
    return checks.find(({ name }) => name === 'Connections are handed over') ?? { verdict: 'none', detail: '' }
  }

  program(): number {
    const pid = childOf(this.pid)
    if (pid === undefined) throw new Error(`no program runs:\n${this.log.join('')}`)
    return pid
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#process
    if (child?.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise((done) => child.once('exit', done))
    child.kill(signal)
    await gone
  }

  async discard(): Promise<void> {
    await this.stop('SIGKILL')
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  }
}

/** Somebody with a browser of their own. */
export class Person {
  constructor(readonly page: Page) {}

  get field() {
    return this.page.getByPlaceholder(/^Write as/)
  }

  async takeName(name: string): Promise<void> {
    await this.page.getByPlaceholder('Choose a name to write').fill(name)
    await this.page.getByRole('button', { name: 'Join in' }).click()
    await expect(this.page.getByPlaceholder(`Write as ${name}`)).toBeVisible()
  }

  async say(text: string): Promise<void> {
    await this.field.fill(text)
    await this.field.press('Enter')
    await this.sees(text)
  }

  row(text: string) {
    return this.page.getByRole('log').getByRole('listitem').filter({ hasText: text })
  }

  /** Goes into a room with the chat of another one, past the plugin. */
  async sneakInto(room: string): Promise<void> {
    await expect(this.page.getByPlaceholder('Choose a name to write')).toBeVisible()
    await this.page.locator('parterre-chat').evaluate((chat, jid) => chat.setAttribute('room', jid), `${room}@room.localhost`)
  }

  async isKeptOut(): Promise<void> {
    await expect(this.page.getByText('Only people with an account can write right now')).toBeVisible({ timeout: 20_000 })
    await expect(this.field).toHaveCount(0)
  }

  /** Whether the menu of that message offers what those have who moderate. */
  async mayRemove(text: string): Promise<boolean> {
    await expect(async () => {
      await this.row(text).hover({ position: { x: 40, y: 6 } })
      await this.row(text).hover({ position: { x: 60, y: 9 } })
      await expect(this.page.getByRole('button', { name: 'More' }).first()).toBeVisible({ timeout: 500 })
    }).toPass()
    await this.page.getByRole('button', { name: 'More' }).first().click()
    await expect(this.page.getByRole('menu').first()).toBeVisible()
    const found = await this.page.getByRole('menuitem', { name: 'Remove message' }).count()
    await this.page.keyboard.press('Escape')
    return found > 0
  }

  async sees(text: string): Promise<void> {
    await expect(this.row(text)).toBeVisible({ timeout: 20_000 })
  }
}

interface Fixtures {
  host: Host
  /** Opens a page of the host in a browser of its own, as a user or as nobody. */
  open: (path?: string, user?: string, size?: { width: number; height: number }) => Promise<Person>
}

export const test = plain.extend<Fixtures>({
  host: async ({}, use) => {
    const host = await Host.start()
    await use(host)
    await host.discard()
  },
  open: async ({ browser, host }, use) => {
    const contexts: BrowserContext[] = []
    await use(async (path = `/w/${LIVE}`, user, size = { width: 1200, height: 800 }) => {
      const context = await newContext(browser, size)
      contexts.push(context)
      const page = await context.newPage()
      if (user) await page.addInitScript((name) => localStorage.setItem('user', name), user)
      await page.goto(path === 'about:blank' ? path : host.url + path)
      return new Person(page)
    })
    for (const context of contexts) await context.close()
  },
})

const newContext = (browser: Browser, viewport: { width: number; height: number }): Promise<BrowserContext> =>
  browser.newContext({ locale: 'en-GB', viewport })

export function buildHost(): void {
  const external = ['express']
  buildSync({ entryPoints: [join(plugin, 'tests/host/host.ts')], outfile: join(built, 'host.cjs'), bundle: true, platform: 'node', format: 'cjs', external, logLevel: 'error' })
  buildSync({ entryPoints: [join(plugin, 'tests/host/client.ts')], outfile: join(built, 'client.js'), bundle: true, format: 'esm', target: 'es2022', logLevel: 'error' })
}

export { expect }
