// The offer to take the rooms of peertube-plugin-livechat over, where its data are: on the page of the rooms, for administrators.

import type { TakeOverAnswer, TakeOverReport } from '../shared/answers'
import { isFailed, type Backend } from './backend'
import { button, make } from './dom'
import type { Words } from './words'

const AGAIN = 1000

/** The offer, or nothing where there is nothing to offer. `done`: when rooms have been taken over. */
export async function takeOver(backend: Backend, text: Words, done: () => void): Promise<HTMLElement | undefined> {
  const answer = await backend.takeOver().catch((error: unknown) => {
    // Moderators may not; that is no fault.
    if (isFailed(error) && error.status === 403) return undefined
    throw error
  })
  if (!answer?.there) return undefined
  const status = make('div', { role: 'status' })
  const begin = button(text.takeOverDo, () => attempt())
  const show = (now: TakeOverAnswer): void => {
    begin.disabled = now.state === 'running'
    status.replaceChildren(...told(now, text))
  }
  /** Shows how it goes until it is over. The program stands still meanwhile; the plugin answers. */
  const watch = async (now: TakeOverAnswer): Promise<void> => {
    show(now)
    if (now.state !== 'running') return
    await new Promise((later) => setTimeout(later, AGAIN))
    const next = await backend.takeOver()
    await watch(next)
    if (next.state === 'done') done()
  }
  const attempt = async (): Promise<void> => {
    try {
      await watch(await backend.beginTakeOver())
    } catch (error) {
      status.replaceChildren(make('p', { class: 'parterre-remedy' }, error instanceof Error ? error.message : String(error)))
    }
  }
  const first = answer.running ? [make('p', { class: 'parterre-remedy' }, text.takeOverFirst)] : []
  const section = make('section', { class: 'parterre-take-over' },
    make('h2', {}, text.takeOver), make('p', { class: 'parterre-note' }, text.takeOverNote), ...first, begin, status)
  void watch(answer).catch(() => undefined)
  return section
}

function told({ state, fault, report }: TakeOverAnswer, text: Words): (Node | string)[] {
  if (state === 'running') return [make('p', {}, text.takeOverNow)]
  if (state === 'failed') return [make('p', { class: 'parterre-remedy' }, `${text.takeOverFailed} ${fault ?? ''}`)]
  return state === 'done' && report ? [make('p', {}, text.takeOverDone), ...reported(report, text)] : []
}

function reported(report: TakeOverReport, text: Words): Node[] {
  const rooms = report.rooms.map((one) => make('tr', {}, make('td', {}, one.title || one.room), make('td', {}, String(one.messages))))
  const heads = [text.room, text.messages].map((head) => make('th', { scope: 'col' }, head))
  const left = report.not_taken.map(({ of, text: what }) => make('li', {}, `${of}: ${what}`))
  return [
    make('table', { class: 'parterre-table' }, make('thead', {}, make('tr', {}, ...heads)), make('tbody', {}, ...rooms)),
    ...(left.length > 0 ? [make('h3', {}, text.takeOverLeft), make('ul', {}, ...left)] : []),
  ]
}
