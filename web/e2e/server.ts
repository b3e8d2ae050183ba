// The built server as a process of its own, with settings, accounts and tokens.

import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { createHmac, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { binary } from './built'

/** A port that nobody listened on just now. */
export function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer()
    server.once('error', fail)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => done(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

export class Server {
  readonly #directory = mkdtempSync(join(tmpdir(), 'parterre-e2e-'))
  readonly #secret = randomBytes(32).toString('hex')
  #child: ChildProcess | undefined
  readonly log: string[] = []

  private constructor(
    readonly port: number,
    private readonly settings: string,
  ) {}

  /** Starts a server; `settings` are lines of its configuration after `[http]`. */
  static async start(settings = ''): Promise<Server> {
    const server = new Server(await freePort(), settings)
    await server.start()
    return server
  }

  get url(): string {
    return `http://localhost:${this.port}`
  }

  get config(): string {
    return join(this.#directory, 'parterre.toml')
  }

  /** Starts it, also after it was killed or stopped: with the same data. */
  async start(): Promise<void> {
    writeFileSync(
      this.config,
      `domain = "localhost"\ndata_dir = "${this.#directory}/data"\n[http]\nlisten = "127.0.0.1:${this.port}"\n` +
        `[auth]\ntoken_secret = "${this.#secret}"\n${this.settings}\n`,
    )
    const child = spawn(binary, ['serve', '--config', this.config], { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child = child
    await new Promise<void>((ready, fail) => {
      for (const stream of [child.stdout, child.stderr]) {
        createInterface(stream).on('line', (line) => {
          this.log.push(line)
          if (/ready|listening/i.test(line)) ready()
        })
      }
      child.once('exit', () => fail(new Error(`the server ended:\n${this.log.join('\n')}`)))
    })
  }

  /** Ends it, by SIGTERM or as a power cut would, and waits until it is gone. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const child = this.#child
    if (child?.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise((done) => child.once('exit', done))
    child.kill(signal)
    await gone
  }

  /** Ends it, and its data go. */
  async discard(): Promise<void> {
    await this.stop('SIGKILL')
    rmSync(this.#directory, { recursive: true, force: true })
  }

  /** A token for an account, with what it says of its bearer (docs/install.md). */
  token(user: string, claims: Record<string, unknown> = {}): string {
    const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
    const exp = Math.floor(Date.now() / 1000) + 3600
    const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub: user, exp, ...claims })}`
    return `${signed}.${createHmac('sha256', this.#secret).update(signed).digest('base64url')}`
  }

  /** A token for somebody who owns that room. */
  ownerToken(user: string, room: string, nick = user): string {
    return this.token(user, { nick, affiliations: { [room]: 'owner' } })
  }

  addAccount(name: string, password: string): void {
    execFileSync(binary, ['account', 'add', '--config', this.config, `${name}@localhost`], { input: `${password}\n` })
  }
}
