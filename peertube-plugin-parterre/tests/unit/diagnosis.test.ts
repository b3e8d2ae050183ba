import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, describe, expect, it } from 'vitest'

import { clocks } from '../../src/client/diagnosis-page'
import type { State } from '../../src/server/child'
import { stands } from '../../src/server/diagnosis'
import { machineChecks, read } from '../../src/server/machine'
import { standing } from '../../src/server/standing'
import { fill, line, TEXT } from '../../src/shared/diagnosis-words'

const folder = mkdtempSync(join(tmpdir(), 'parterre-check-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** A program that does what the lines of shell say. */
function program(name: string, lines: string): string {
  const path = join(folder, name)
  writeFileSync(path, `#!/bin/sh\n${lines}\n`)
  chmodSync(path, 0o755)
  return path
}

const DOCUMENT = JSON.stringify({
  v: 1, version: '1', wrong: 1,
  checks: [{ name: 'disk', verdict: 'wrong', detail: 'full', remedy: 'make room' }, { name: 'new.one', verdict: 'ok', detail: '' }, { name: 'clock', verdict: 'odd' }],
})

describe('sentences', () => {
  it('take what differs, and leave what looks like a place in that alone', () => {
    expect(fill({ text: 'a {0} {1} {0} {2}', values: ['{1}', '$&'] })).toBe('a {1} $& {1} {2}')
    expect(line('n', 'ok', TEXT.counts, ['1', '2'])).toEqual({ name: 'n', verdict: 'ok', detail: '1 handed over, 2 carried by PeerTube.', sentence: { text: TEXT.counts, values: ['1', '2'] } })
  })
})

describe('the checks of the machine', () => {
  it('are those of the program, under names for people', () => {
    expect(read(DOCUMENT)).toEqual([
      { name: TEXT.disk, verdict: 'wrong', detail: 'full', remedy: 'make room' },
      { name: 'new.one', verdict: 'ok', detail: '' },
      { name: TEXT.clock, verdict: 'warning', detail: '' },
    ])
    for (const other of ['', '[]', 'null', '{"v":2,"checks":[]}', '{"v":1}']) expect(read(other)).toBeUndefined()
  })

  it('get the configuration on the standard input, and nothing of it among the arguments', async () => {
    const given = join(folder, 'given')
    const path = program('fine', `{ echo "$@"; cat; env; } > ${given}; echo '${DOCUMENT}'; exit 1`)
    expect(await machineChecks({ path, configuration: 'token = "secret"\n' })).toHaveLength(3)
    const [first, second, ...environment] = readFileSync(given, 'utf8').split('\n')
    expect([first, second]).toEqual(['check --json --quick --config -', 'token = "secret"'])
    expect(environment.join()).not.toContain('secret')
  })

  it.each([
    ['silent', 'exec sleep 60', TEXT.machineLate],
    ['old', 'echo "error: unexpected argument" >&2; exit 2', TEXT.machineNot],
    ['chatty', 'echo hello', TEXT.machineNot],
    ['deaf', 'exit 3', TEXT.machineNot],
  ])('that are not there are a line themselves: %s', async (name, lines, text) => {
    const path = program(name, lines)
    const found = await machineChecks({ path, configuration: 'x'.repeat(300_000) }, name === 'silent' ? 300 : 20_000)
    expect(found).toMatchObject([{ name: TEXT.machine, verdict: 'warning', sentence: { text }, remedy: TEXT.machineDo }])
  })

  it('are not had of a program that is gone', async () => {
    const [found] = await machineChecks({ path: join(folder, 'nothing'), configuration: '' })
    expect(found?.detail).toContain('ENOENT')
  })
})

describe('the top of the settings page', () => {
  const child = (state: State, restarts: number, cause?: string) => ({ child: { state, restarts, cause } }) as never

  it('says why the program does not run, and nothing of it is markup', () => {
    const state: State = { is: 'waiting', cause: 'it was ended by SIGKILL: <b>last words</b>', until: 0 }
    const { html } = standing(() => stands(child(state, 2)))
    expect(html).toContain('✗ The program runs: It does not run: it was ended by SIGKILL: &#60;b&#62;last words')
    expect(html).toContain('Restarts: 2.')
  })

  it('is written anew each time that it is shown', () => {
    let restarts = 0
    const setting = standing(() => stands(child({ is: 'running', since: 0, version: '1', pid: 7 }, restarts, 'it ended with code 3')))
    expect(JSON.stringify(setting)).toContain('✓ The program runs: Since 1970-01-01T00:00:00.000Z, version 1, process 7.')
    restarts = 1
    expect(JSON.stringify(setting)).toContain('last reason: it ended with code 3.')
  })
})

describe('clocks', () => {
  it('agree if theirs shows a moment between the question and the answer, or nearly', () => {
    expect(clocks(1500, 1000, 9000).verdict).toBe('ok')
    expect(clocks(20_000, 1000, 9000).verdict).toBe('ok')
    expect(clocks(60_000, 1000, 9000)).toMatchObject({ verdict: 'wrong', detail: '51 s apart' })
    expect(clocks(1000, 61_000, 62_000).verdict).toBe('wrong')
  })
})
