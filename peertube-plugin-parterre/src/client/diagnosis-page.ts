// Is everything all right? What the plugin says of itself, then the whole way tried from this browser.

import type { Check } from '../shared/answers'
import { fill, line, TEXT } from '../shared/diagnosis-words'
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
  const translate = (said: string): Promise<string> => backend.helpers.translate(said)
  const tell = async (check: Check): Promise<void> => {
    verdicts.add(check.verdict)
    list.append(await item(check, translate))
  }
  verdict.textContent = await translate(TEXT.trying)
  const before = Date.now()
  const { checks, trial, now } = await backend.diagnosis()
  const after = Date.now()
  await tell(line(TEXT.answers, 'ok', TEXT.milliseconds, [String(after - before)]))
  for (const check of checks) await tell(check)
  await tell(clocks(now, before, after))
  const ping = await backend.ping()
  await tell(address(ping))
  if (trial) await attempt(trial, ping.address, tell)
  verdict.textContent = !verdicts.has('warning') && !verdicts.has('wrong') ? text.all : text.some
}

/** The answer was written some time between the question and its arrival. */
export function clocks(theirs: number, before: number, after: number): Check {
  const apart = Math.max(before - theirs, theirs - after, 0)
  const seconds = [String(Math.round(apart / 1000))]
  return apart < CLOCK ? line(TEXT.clocks, 'ok', TEXT.apart, seconds) : line(TEXT.clocks, 'wrong', TEXT.apart, seconds, TEXT.clocksDo)
}

function address({ address, forwarded }: { address: string; forwarded: boolean }): Check {
  const name = TEXT.addresses
  return forwarded ? line(name, 'ok', address) : line(name, 'warning', TEXT.noProxy, [address], TEXT.noProxyDo)
}

async function item({ name, verdict, detail, sentence, remedy }: Check, translate: (said: string) => Promise<string>): Promise<HTMLElement> {
  const said = sentence?.text ? fill({ text: await translate(sentence.text), values: sentence.values }) : detail
  return make('li', { class: `parterre-${verdict}` },
    make('span', { class: 'parterre-sign', 'aria-label': verdict }, SIGNS[verdict]),
    make('div', {}, make('strong', {}, await translate(name)), make('p', {}, said),
      ...(remedy ? [make('p', { class: 'parterre-remedy' }, await translate(remedy))] : [])))
}
