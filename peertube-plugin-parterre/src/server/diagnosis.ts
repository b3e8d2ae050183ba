// What can be said from here about whether the chat works, and what to do where it does not. The browser tries the rest.

import { statfs } from 'node:fs/promises'
import { readFile } from 'node:fs/promises'

import type { Check, Diagnosis } from '../shared/answers'
import type { Viewer } from './activation'
import { Refused } from './api'
import type { Plugin } from './plugin'

const MIB = 1024 * 1024

export async function diagnose(plugin: Plugin, viewer: Viewer): Promise<Diagnosis> {
  const checks = [program(plugin), running(plugin), handOver(plugin), activation(plugin), await api(plugin), await disk(plugin), await files(plugin), await ports()]
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

function program(plugin: Plugin): Check {
  const { binary, child } = plugin
  const name = 'The program is there and fits'
  if (binary) return { name, verdict: 'ok', detail: `${binary.path}, version ${binary.version}` }
  const { state } = child
  if (state.is === 'waiting') return { name, verdict: 'wrong', detail: state.cause, ...(state.remedy ? { remedy: state.remedy } : {}) }
  return { name, verdict: 'warning', detail: 'It is being looked for.' }
}

function running({ child }: Plugin): Check {
  const name = 'The program runs'
  const { state } = child
  const before = child.restarts > 0 ? ` It was started again ${String(child.restarts)} times; last: ${child.cause ?? ''}.` : ''
  if (state.is === 'running') {
    return { name, verdict: child.restarts > 0 ? 'warning' : 'ok', detail: `Since ${new Date(state.since).toISOString()}, version ${state.version}, process ${String(state.pid)}.${before}` }
  }
  if (state.is === 'waiting') {
    return { name, verdict: 'wrong', detail: state.cause, remedy: state.remedy ?? 'It is started again by itself. See PeerTube’s log for what it said.' }
  }
  return { name, verdict: 'warning', detail: state.is === 'starting' ? 'It is starting.' : 'It is stopped.', remedy: 'Load this page again in some seconds.' }
}

function handOver({ transport, settings }: Plugin): Check {
  const name = 'Connections are handed over'
  const { way, why, handed, carried } = transport.standing
  const count = `${String(handed)} handed over, ${String(carried)} carried by PeerTube.`
  if (way === 'hand-over') return { name, verdict: 'ok', detail: count }
  const remedy = settings.transport === 'proxy' ? 'Set “How connections reach it” to “The best way that works”.' : 'The chat works, but PeerTube carries its bytes. Restart PeerTube; if it stays so, report the reason above.'
  return { name, verdict: 'warning', detail: `No: ${why ?? 'it was not tried'}. ${count}`, remedy }
}

function activation({ settings }: Plugin): Check {
  const name = 'Some videos have a chat'
  const any = settings.perLive || settings.allLives || settings.allVideos || settings.listed.length > 0
  return any ? { name, verdict: 'ok', detail: '' } : { name, verdict: 'wrong', detail: 'The settings give none a chat.', remedy: 'Tick one of “Which videos have a chat”.' }
}

async function api(plugin: Plugin): Promise<Check> {
  const name = 'The program answers'
  try {
    const { sessions, rooms, occupants } = await plugin.api.status()
    return { name, verdict: 'ok', detail: `${String(sessions)} connections, ${String(rooms)} rooms, ${String(occupants)} people in them.` }
  } catch (error) {
    return { name, verdict: 'wrong', detail: error instanceof Error ? error.message : String(error), remedy: 'See whether the program runs, above.' }
  }
}

async function disk({ dataDirectory }: Plugin): Promise<Check> {
  const name = 'There is room on the disk'
  try {
    const { bavail, bsize } = await statfs(dataDirectory)
    const free = Math.floor((bavail * bsize) / MIB)
    const detail = `${String(free)} MiB free at ${dataDirectory}.`
    if (free > 500) return { name, verdict: 'ok', detail }
    return { name, verdict: free > 50 ? 'warning' : 'wrong', detail, remedy: 'Make room there: without it nothing that is said can be kept, and so nothing is shown.' }
  } catch (error) {
    return { name, verdict: 'wrong', detail: error instanceof Error ? error.message : String(error), remedy: `PeerTube’s user has to be able to write to ${dataDirectory}.` }
  }
}

async function files({ child, transport }: Plugin): Promise<Check> {
  const name = 'Enough files may be open'
  const { state } = child
  let most = transport.standing.maxFiles
  if (!most && state.is === 'running') {
    const limits = await readFile(`/proc/${String(state.pid)}/limits`, 'utf8').catch(() => '')
    most = Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? 0)
  }
  if (!most) return { name, verdict: 'warning', detail: 'It is not known.' }
  const detail = `${String(most)}, and each viewer takes one.`
  if (most >= 4096) return { name, verdict: 'ok', detail }
  return { name, verdict: 'warning', detail, remedy: 'For larger audiences put LimitNOFILE=65536 into the [Service] part of PeerTube’s unit, and restart PeerTube.' }
}

async function ports(): Promise<Check> {
  const name = 'nginx has ports enough'
  const range = await readFile('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').catch(() => '')
  const [first, last] = range.split(/\s+/).map(Number)
  if (!first || !last) return { name, verdict: 'warning', detail: 'The range is not known.' }
  const detail = `About ${String(last - first)} connections fit between nginx and PeerTube.`
  return last - first >= 20_000 ? { name, verdict: 'ok', detail } : { name, verdict: 'warning', detail, remedy: 'Widen net.ipv4.ip_local_port_range, or give the chat a location of its own in nginx (docs/peertube.md).' }
}

async function trialRoom(plugin: Plugin): Promise<void> {
  try {
    await plugin.api.create(plugin.trialRoom, { 'muc#roomconfig_roomname': 'Diagnosis', 'muc#roomconfig_persistentroom': true, 'muc#roomconfig_publicroom': false, 'muc#roomconfig_membersonly': true })
  } catch (error) {
    if (!(error instanceof Refused)) throw error
  }
}
