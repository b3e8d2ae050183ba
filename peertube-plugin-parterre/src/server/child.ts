// The program as a child process: started, listened to, started again when it ends, and ended with us.
//
// Its standard input carries the configuration and then stays open: when PeerTube ends, however it ends, the system closes
// it, and the program ends too. PeerTube does not tell its plugins that it stops.

import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'

import { NoBinary, startFailure } from './binary'

export interface Logger {
  debug(text: string): void
  info(text: string): void
  warn(text: string): void
  error(text: string): void
}

export interface Plan {
  readonly path: string
  readonly configuration: string
  readonly logLevel: string
  /** Whether the channel for handing over is wanted. */
  readonly control: boolean
}

export interface Events {
  /** It was started, and is not ready yet. */
  started(child: ChildProcess): void
  /** It is ready. */
  ready(version: string): void
  /** It is to end because we want it. */
  stopping(): void
  /** It ended, or did not start; it will be started again after that many ms. */
  ended(cause: string, again: number): void
}

export type State =
  | { readonly is: 'stopped' }
  | { readonly is: 'starting'; readonly since: number }
  | { readonly is: 'running'; readonly since: number; readonly version: string; readonly pid: number }
  | { readonly is: 'waiting'; readonly cause: string; readonly remedy?: string; readonly until: number }

const STEADY = 60_000
const LONGEST = 60_000
const STOP = 6000

/** How long to wait before the next start: twice as long each time, up to a minute. */
export function delay(failures: number): number {
  return Math.min(LONGEST, 500 * 2 ** Math.min(failures, 10))
}

export class Child {
  #process: ChildProcess | undefined
  #timer: NodeJS.Timeout | undefined
  #failures = 0
  #wanted = false
  /** Counts the stops: what was begun before one leads to nothing any more. */
  #turn = 0
  #lastWords = ''
  #restarts = 0
  #cause: string | undefined
  #planned: Plan | undefined
  state: State = { is: 'stopped' }

  constructor(
    private readonly plan: () => Plan | Promise<Plan>,
    private readonly events: Events,
    private readonly log: Logger,
  ) {}

  get restarts(): number {
    return this.#restarts
  }

  /** What it was started with last, or is about to be; none if it cannot be. */
  get planned(): Plan | undefined {
    return this.#planned
  }

  /** Why it ended last, if it did. */
  get cause(): string | undefined {
    return this.#cause
  }

  /** Wants it to run, from now on. */
  start(): void {
    this.#wanted = true
    if (this.state.is === 'stopped' || this.state.is === 'waiting') void this.#launch()
  }

  /** Ends it, and resolves when it is gone. */
  async stop(): Promise<void> {
    this.#wanted = false
    this.#turn += 1
    clearTimeout(this.#timer)
    const child = this.#process
    this.state = { is: 'stopped' }
    this.events.stopping()
    if (child?.exitCode !== null || child.signalCode !== null) return
    await new Promise<void>((done) => {
      const force = setTimeout(() => child.kill('SIGKILL'), STOP)
      child.once('exit', () => {
        clearTimeout(force)
        done()
      })
      child.stdin?.end()
      child.kill('SIGTERM')
    })
  }

  /** Ends it and starts it with what is planned now. */
  async restart(): Promise<void> {
    await this.stop()
    this.#failures = 0
    this.start()
  }

  async #launch(): Promise<void> {
    clearTimeout(this.#timer)
    this.state = { is: 'starting', since: Date.now() }
    const turn = this.#turn
    let plan: Plan
    this.#planned = undefined
    try {
      plan = await this.plan()
    } catch (error) {
      if (turn === this.#turn) this.#over(error)
      return
    }
    if (turn !== this.#turn) return
    this.#planned = plan
    const parts = ['serve', '--config', '-', '--with-parent', '--log-format', 'json', '--log-level', plan.logLevel]
    if (plan.control) parts.push('--control', '3')
    let child: ChildProcess
    try {
      child = spawn(plan.path, parts, { stdio: ['pipe', 'pipe', 'pipe', 'ipc'], env: { PATH: process.env['PATH'] ?? '' } })
    } catch (error) {
      this.#over(startFailure(plan.path, error as NodeJS.ErrnoException))
      return
    }
    this.#process = child
    this.#lastWords = ''
    child.once('error', (error) => {
      if (child.pid === undefined && turn === this.#turn) this.#over(startFailure(plan.path, error))
    })
    child.once('exit', (code, signal) => {
      if (this.#process === child) this.#process = undefined
      if (turn === this.#turn) this.#exited(code, signal)
    })
    this.#listen(child, turn)
    child.stdin?.on('error', () => undefined)
    child.stdin?.write(plan.configuration)
    if (child.pid !== undefined) this.events.started(child)
  }

  #listen(child: ChildProcess, turn: number): void {
    if (child.stdout) createInterface(child.stdout).on('line', (line) => this.#out(child, turn, line))
    if (child.stderr) createInterface(child.stderr).on('line', (line) => this.#err(line))
  }

  #out(child: ChildProcess, turn: number, line: string): void {
    const said = parse(line)
    if (said['t'] !== 'ready') return this.log.info(line)
    // A line may be read when its program is gone, or is to go.
    if (child !== this.#process || turn !== this.#turn) return
    const version = typeof said['version'] === 'string' ? said['version'] : ''
    this.state = { is: 'running', since: Date.now(), version, pid: child.pid ?? 0 }
    this.events.ready(version)
  }

  #err(line: string): void {
    const said = parse(line)
    const { level, message, ...rest } = said
    delete rest['timestamp']
    if (typeof message !== 'string') {
      this.#lastWords = line
      return this.log.warn(line)
    }
    const text = Object.entries(rest).reduce((text, [name, value]) => `${text} ${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`, message)
    if (level === 'ERROR') {
      this.#lastWords = message
      this.log.error(text)
    } else if (level === 'WARN') this.log.warn(text)
    else if (level === 'INFO') this.log.info(text)
    else this.log.debug(text)
  }

  #exited(code: number | null, signal: string | null): void {
    const how = signal ? `it was ended by ${signal}` : `it ended with code ${String(code)}`
    this.#over(new Error(this.#lastWords ? `${how}: ${this.#lastWords}` : how))
  }

  #over(error: unknown): void {
    if (!this.#wanted) return
    const cause = error instanceof Error ? error.message : String(error)
    if (this.state.is === 'running' && Date.now() - this.state.since > STEADY) this.#failures = 0
    const wait = delay(this.#failures)
    this.#failures += 1
    this.#restarts += 1
    this.#cause = cause
    this.state = {
      is: 'waiting',
      cause,
      until: Date.now() + wait,
      ...(error instanceof NoBinary ? { remedy: error.remedy } : {}),
    }
    this.log.error(`The chat’s program does not run: ${cause}. It is started again in ${String(wait / 1000)} s.`)
    this.#timer = setTimeout(() => void this.#launch(), wait)
    this.#timer.unref()
    this.events.ended(cause, wait)
  }
}

function parse(line: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
