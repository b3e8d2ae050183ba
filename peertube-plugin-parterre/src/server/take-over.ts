// Takes the rooms of peertube-plugin-livechat over, for administrators without a shell: the program's own import, run while the
// program is stopped, and then what the other plugin had set for channels.
//
// Enters: the other plugin's data directory, which lies beside ours and is only read. Leaves: a report. Never: two at a time.

import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import type { TakeOverAnswer, TakeOverReport } from '../shared/answers'
import { initial, readOptions } from './channels'
import type { Plugin } from './plugin'

const MOST_REPORT = 64 * 1024 * 1024

/** A channel as the import reports it. */
interface Taken {
  readonly id: string
  readonly slow_mode: number
  readonly mute_anonymous: boolean
  readonly terms: string
  readonly emoji: readonly { readonly name: string; readonly file: string }[]
}

type Report = Omit<TakeOverReport, 'channels'> & { readonly channels: readonly Taken[] }

export class TakeOver {
  readonly #directory: string
  #state: TakeOverAnswer['state'] = 'none'
  #fault: string | undefined
  #report: TakeOverReport | undefined
  #ended = false

  constructor(private readonly plugin: Plugin) {
    this.#directory = join(dirname(plugin.dataDirectory), 'peertube-plugin-livechat')
  }

  async answer(): Promise<TakeOverAnswer> {
    return {
      there: existsSync(join(this.#directory, 'prosody/data')),
      running: await this.plugin.livechat.running().catch(() => false),
      state: this.#state,
      fault: this.#fault,
      report: this.#report,
    }
  }

  /** Begins; false: one is under way. It goes on when the request that asked for it has been answered. */
  begin(): boolean {
    if (this.#state === 'running') return false
    this.#state = 'running'
    this.#fault = undefined
    this.#report = undefined
    this.#run().then(
      (report) => {
        this.#report = report
        this.#state = 'done'
        this.plugin.log.info(`Rooms of peertube-plugin-livechat taken over: ${String(report.totals.rooms)}, messages: ${String(report.totals.messages)}.`)
      },
      (error: unknown) => {
        this.#fault = error instanceof Error ? error.message : String(error)
        this.#state = 'failed'
        this.plugin.log.error(`The rooms of peertube-plugin-livechat could not be taken over: ${this.#fault}`)
      },
    )
    return true
  }

  /** The plugin goes: nothing is started any more. */
  end(): void {
    this.#ended = true
  }

  async #run(): Promise<TakeOverReport> {
    const { child } = this.plugin
    // The program has its store to itself, and so has the import.
    await child.stop()
    let report: Report
    try {
      const { path, configuration } = await this.plugin.plan()
      report = await importFrom(this.#directory, path, configuration)
    } finally {
      if (!this.#ended) child.start()
    }
    const channels: TakeOverReport['channels'][number][] = []
    for (const channel of report.channels) channels.push(await this.#channel(channel))
    return { ...report, channels }
  }

  /** What a channel had set is ours, where its owner has set nothing here: rooms to come start with it. */
  async #channel(taken: Taken): Promise<TakeOverReport['channels'][number]> {
    const { channels, emoji, settings } = this.plugin
    const id = /^\d{1,9}$/.test(taken.id) ? Number(taken.id) : 0
    if (!id) return { id: taken.id, emoji: 0 }
    if (!(await channels.isSet(id)) && (taken.slow_mode > 0 || taken.mute_anonymous || taken.terms)) {
      const offered = { slowMode: taken.slow_mode, muteAnonymous: taken.mute_anonymous, welcome: taken.terms }
      await channels.keep(id, readOptions(offered, initial(settings)).options)
    }
    let kept = 0
    const here = await emoji.of(id)
    for (const { name, file } of taken.emoji) {
      if (here.has(name)) continue
      const bytes = await readFile(join(this.#directory, file)).catch(() => undefined)
      if (bytes && (await emoji.add(id, name, bytes)) === 'kept') kept += 1
    }
    return { id: taken.id, emoji: kept }
  }
}

/** Runs `parterre import livechat`. */
function importFrom(directory: string, path: string, configuration: string): Promise<Report> {
  return new Promise((done, fail) => {
    const child = spawn(path, ['import', 'livechat', directory, '--json', '--config', '-'], { stdio: 'pipe', env: { PATH: process.env['PATH'] ?? '' } })
    const said: Buffer[] = []
    let [size, words] = [0, '']
    child.stdout.on('data', (part: Buffer) => {
      size += part.length
      if (size <= MOST_REPORT) said.push(part)
    })
    child.stderr.on('data', (part: Buffer) => (words = `${words}${part.toString()}`.slice(-2000)))
    child.once('error', fail)
    child.once('close', (code) => {
      if (code !== 0) return fail(new Error(words.trim() || `the import ended with code ${String(code)}`))
      try {
        done(JSON.parse(Buffer.concat(said).toString()) as Report)
      } catch {
        fail(new Error('the import gave no report that can be read'))
      }
    })
    child.stdin.on('error', () => undefined)
    child.stdin.end(configuration)
  })
}
