// What the program finds out about the machine: `parterre check --json` with the configuration that it is started with. Enters:
// that plan. Leaves: a line for each of its checks, or one that says why there is none. Its secrets go through the standard input.

import { execFile } from 'node:child_process'

import type { Check, Verdict } from '../shared/answers'
import { line, TEXT } from '../shared/diagnosis-words'
import type { Plan } from './child'

const PATIENCE = 20_000
const MOST = 1024 * 1024

/** What the program's names of checks mean to an administrator of PeerTube. */
const NAMES: Readonly<Record<string, string>> = {
  configuration: TEXT.configuration,
  secrets: TEXT.secrets,
  data_dir: TEXT.data,
  lock: TEXT.lock,
  disk: TEXT.disk,
  database: TEXT.database,
  clock: TEXT.clock,
  'http.listen': TEXT.socket,
  version: TEXT.version,
  open_files: TEXT.files,
  ports: TEXT.ports,
}

/** Has the program check the machine; it may run meanwhile. */
export function machineChecks({ path, configuration }: Pick<Plan, 'path' | 'configuration'>, patience = PATIENCE): Promise<Check[]> {
  return new Promise((done) => {
    const env = { PATH: process.env['PATH'] ?? '' }
    const child = execFile(path, ['check', '--json', '--quick', '--config', '-'], { timeout: patience, killSignal: 'SIGKILL', maxBuffer: MOST, env }, (error, out, said) => {
      // That something is wrong is an exit code, too.
      const checks = read(out)
      if (checks) return done(checks)
      const why = said.trim().split('\n').at(-1) || error?.message.split('\n')[0] || out.slice(0, 100)
      done([
        error?.killed
          ? line(TEXT.machine, 'warning', TEXT.machineLate, [String(patience / 1000)], TEXT.machineDo)
          : line(TEXT.machine, 'warning', TEXT.machineNot, [why], TEXT.machineDo),
      ])
    })
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(configuration)
  })
}

const VERDICTS: readonly Verdict[] = ['ok', 'warning', 'wrong']

/** Reads what the program printed; nothing if it is not that. */
export function read(out: string): Check[] | undefined {
  try {
    const { v, checks } = JSON.parse(out) as { v?: unknown; checks?: unknown }
    if (v !== 1 || !Array.isArray(checks)) return undefined
    return checks.map((one: Readonly<Record<string, unknown>>) => {
      const text = (key: string): string => (typeof one[key] === 'string' ? one[key] : '')
      const name = text('name')
      return {
        name: NAMES[name] ?? name,
        verdict: VERDICTS.find((known) => known === one['verdict']) ?? 'warning',
        detail: text('detail'),
        ...(text('remedy') ? { remedy: text('remedy') } : {}),
      }
    })
  } catch {
    return undefined
  }
}
