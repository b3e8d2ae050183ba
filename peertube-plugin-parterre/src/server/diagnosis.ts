// What can be said from here about whether the chat works, and what to do where it does not: the plugin of itself, and the program of
// the machine (`machine.ts`). The browser tries the rest.

import type { Check, Diagnosis } from '../shared/answers'
import { line, TEXT } from '../shared/diagnosis-words'
import type { Viewer } from './activation'
import { Refused } from './api'
import { machineChecks } from './machine'
import type { Plugin } from './plugin'

export async function diagnose(plugin: Plugin, viewer: Viewer): Promise<Diagnosis> {
  const { planned } = plugin.child
  const machine = planned ? await machineChecks(planned) : []
  const checks = [program(plugin), stands(plugin), handOver(plugin), activation(plugin), await api(plugin), ...machine]
  const up = plugin.child.state.is === 'running'
  if (up) await trialRoom(plugin)
  return {
    checks,
    now: Date.now(),
    trial: up
      ? {
          server: plugin.webSocket,
          bosh: `${plugin.origin}${plugin.router}http-bind`,
          accounts: plugin.domain,
          room: plugin.rooms.jid(plugin.trialRoom),
          token: plugin.trialToken(viewer),
          nick: `diagnosis-${String(Date.now() % 1e6)}`,
        }
      : undefined,
  }
}

function program({ binary, child: { state } }: Plugin): Check {
  const name = TEXT.program
  if (binary) return line(name, 'ok', TEXT.programIs, [binary.path, binary.version])
  if (state.is === 'waiting') return line(name, 'wrong', state.cause, [], state.remedy)
  return line(name, 'warning', TEXT.programSought)
}

/** Whether it runs; of one that does not, why it ended last. */
export function stands({ child }: Pick<Plugin, 'child'>): Check {
  const name = TEXT.runs
  const { state, restarts, cause } = child
  if (state.is === 'running') {
    const values = [new Date(state.since).toISOString(), state.version, String(state.pid)]
    return restarts > 0
      ? line(name, 'warning', TEXT.sinceAgain, [...values, String(restarts), cause ?? ''], TEXT.log)
      : line(name, 'ok', TEXT.since, values)
  }
  if (state.is === 'waiting') return line(name, 'wrong', TEXT.waits, [state.cause.replace(/\.$/, ''), String(restarts)], state.remedy ?? TEXT.waitsDo)
  return line(name, 'warning', state.is === 'starting' ? TEXT.starting : TEXT.stopped, [], TEXT.soonDo)
}

function handOver({ transport, settings }: Plugin): Check {
  const name = TEXT.handedOver
  const { way, why, handed, carried } = transport.standing
  const counts = [String(handed), String(carried)]
  if (way === 'hand-over') return line(name, 'ok', TEXT.counts, counts)
  return line(name, 'warning', TEXT.notHandedOver, [why ?? TEXT.untried, ...counts], settings.transport === 'proxy' ? TEXT.proxyDo : TEXT.carriedDo)
}

function activation({ settings }: Plugin): Check {
  const any = settings.perLive || settings.allLives || settings.allVideos || settings.listed.length > 0
  return any ? line(TEXT.active, 'ok', '') : line(TEXT.active, 'wrong', TEXT.inactive, [], TEXT.inactiveDo)
}

async function api(plugin: Plugin): Promise<Check> {
  try {
    const { sessions, rooms, occupants } = await plugin.api.status()
    return line(TEXT.api, 'ok', TEXT.status, [sessions, rooms, occupants].map(String))
  } catch (error) {
    return line(TEXT.api, 'wrong', error instanceof Error ? error.message : String(error), [], TEXT.apiDo)
  }
}

async function trialRoom(plugin: Plugin): Promise<void> {
  try {
    await plugin.api.create(plugin.trialRoom, { 'muc#roomconfig_roomname': 'Diagnosis', 'muc#roomconfig_persistentroom': true, 'muc#roomconfig_publicroom': false, 'muc#roomconfig_membersonly': true })
  } catch (error) {
    if (!(error instanceof Refused)) throw error
  }
}
