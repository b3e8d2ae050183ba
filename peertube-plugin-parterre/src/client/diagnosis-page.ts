// Is everything all right? What the plugin says of itself, then the whole way tried from this browser.

import type { Check } from '../shared/answers'
import type { Backend } from './backend'
import { button, make } from './dom'
import { attempt } from './trial'
import type { Words } from './words'

const SIGNS = { ok: '✓', warning: '!', wrong: '✗' } as const
const CLOCK = 30_000

export async function show(root: HTMLElement, backend: Backend, text: Words): Promise<void> {
  const list = make('ul', { class: 'parterre-checks', 'aria-live': 'polite' })
  const verdict = make('p', { class: 'parterre-note', role: 'status' })
  const again = (): Promise<void> => show(root, backend, text)
  const restart = async (): Promise<void> => {
    await backend.restart()
    await again()
  }
  root.replaceChildren(make('div', { class: 'parterre-admin' },
    make('h1', {}, text.diagnosis), list, verdict, button(text.again, again), ' ', button(text.restart, restart)))
  const verdicts = new Set<Check['verdict']>()
  const tell = (check: Check): void => {
    verdicts.add(check.verdict)
    list.append(line(check))
  }
  const before = Date.now()
  const { checks, trial, now } = await backend.diagnosis()
  tell({ name: 'PeerTube and the plugin answer', verdict: 'ok', detail: `${String(Date.now() - before)} ms` })
  checks.forEach(tell)
  const apart = Math.abs(now - (before + Date.now()) / 2)
  tell(apart < CLOCK
    ? { name: 'The clocks agree', verdict: 'ok', detail: `${String(Math.round(apart))} ms apart` }
    : { name: 'The clocks agree', verdict: 'wrong', detail: `${String(Math.round(apart / 1000))} s apart`, remedy: 'Let the server’s clock be set by NTP (timedatectl set-ntp true), or correct this device’s.' })
  tell(address(await backend.ping()))
  if (trial) await attempt(trial, tell)
  verdict.textContent = !verdicts.has('warning') && !verdicts.has('wrong') ? text.all : text.some
}

function address({ address, forwarded }: { address: string; forwarded: boolean }): Check {
  const name = 'Addresses of visitors arrive'
  if (forwarded) return { name, verdict: 'ok', detail: address }
  return {
    name, verdict: 'warning', detail: `No proxy says where visitors come from; this one seems to come from ${address}.`,
    remedy: 'If there is a proxy in front of PeerTube, it has to send X-Forwarded-For, as PeerTube’s nginx template does. Otherwise all visitors count as one.',
  }
}

function line({ name, verdict, detail, remedy }: Check): HTMLElement {
  return make('li', { class: `parterre-${verdict}` },
    make('span', { class: 'parterre-sign', 'aria-label': verdict }, SIGNS[verdict]),
    make('div', {}, make('strong', {}, name), make('p', {}, detail), ...(remedy ? [make('p', { class: 'parterre-remedy' }, remedy)] : [])))
}
