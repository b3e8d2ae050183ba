// The program as a child: whatever comes between its start and its end, one runs at most, and what is said of it is so.

import type { ChildProcess } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'

import { Child, type Plan } from '../../src/server/child'

const folder = mkdtempSync(join(tmpdir(), 'parterre-child-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** A program that does what the line of shell says. */
function program(name: string, line: string): Plan {
  const path = join(folder, name)
  writeFileSync(path, `#!/bin/sh\n${line}\n`)
  chmodSync(path, 0o755)
  return { path, configuration: '', logLevel: 'info', control: false }
}

const READY = '{"t":"ready","version":"1"}'
const quiet = program('quiet', 'exec cat')
const ready = program('ready', `echo '${READY}'; exec cat > /dev/null`)

let child: Child
afterEach(() => child.stop())

function make(plan: () => Plan | Promise<Plan>) {
  const processes: ChildProcess[] = []
  const events = { started: (one: ChildProcess) => void processes.push(one), ready: vi.fn(), stopping: vi.fn(), ended: vi.fn() }
  const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() }
  child = new Child(plan, events, log)
  return { processes, events }
}

/** Plans that are made when the test says so. */
function slowly() {
  const plans: { go: (plan: Plan) => void; fail: (error: Error) => void }[] = []
  return { plans, plan: () => new Promise<Plan>((go, fail) => plans.push({ go, fail })) }
}

describe('the program', () => {
  it('is started once when it is restarted before it was', async () => {
    const { plans, plan } = slowly()
    const { processes, events } = make(plan)
    child.start()
    await child.restart()
    expect(plans).toHaveLength(2)
    for (const { go } of plans) go(ready)
    await vi.waitFor(() => expect(child.state.is).toBe('running'), 5000)
    expect(processes).toHaveLength(1)
    expect(events.ready).toHaveBeenCalledOnce()
  })

  it('is not started again because a start that nobody waits for any more has failed', async () => {
    const { plans, plan } = slowly()
    const { events } = make(plan)
    child.start()
    await child.restart()
    plans[0]?.fail(new Error('there is none'))
    plans[1]?.go(ready)
    await vi.waitFor(() => expect(child.state.is).toBe('running'), 5000)
    expect(events.ended).not.toHaveBeenCalled()
    expect(child.restarts).toBe(0)
  })

  it('does not run when its word that it is ready is read after it was stopped', async () => {
    const { processes, events } = make(() => quiet)
    child.start()
    await vi.waitFor(() => expect(processes).toHaveLength(1), 5000)
    const stopped = child.stop()
    processes[0]?.stdout?.emit('data', Buffer.from(`${READY}\n`))
    await stopped
    expect(child.state).toEqual({ is: 'stopped' })
    expect(events.ready).not.toHaveBeenCalled()
  })
})
