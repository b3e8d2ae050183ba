// The rooms, for staff: which is live, how many are there, when something was last said, and ways in. For administrators also
// the offer to take over those of the plugin that this one replaces.

import type { RoomAnswer } from '../shared/answers'
import type { Backend } from './backend'
import { button, make } from './dom'
import { takeOver } from './take-over'
import type { Words } from './words'

export async function show(root: HTMLElement, backend: Backend, text: Words): Promise<void> {
  const list = make('div')
  const fill = async (): Promise<void> => list.replaceChildren(table(await backend.rooms(), backend, text))
  await fill()
  const offer = await takeOver(backend, text, () => void fill().catch(() => undefined))
  root.replaceChildren(make('div', { class: 'parterre-admin' },
    make('h1', {}, text.rooms), list, button(text.refresh, fill), ...(offer ? [offer] : [])))
}

/** Live ones first, then those with most people, then those where something was said last. */
function table(rooms: readonly RoomAnswer[], backend: Backend, text: Words): HTMLElement {
  if (rooms.length === 0) return make('p', { class: 'parterre-note' }, text.roomsNone)
  const inOrder = [...rooms].sort((one, other) =>
    Number(other.live) - Number(one.live) || other.occupants - one.occupants || (other.lastActivity ?? '').localeCompare(one.lastActivity ?? ''))
  const heads = [text.room, text.people, text.last].map((head) => make('th', { scope: 'col' }, head))
  return make('table', { class: 'parterre-table parterre-rooms' },
    make('thead', {}, make('tr', {}, ...heads, make('td'))), make('tbody', {}, ...inOrder.map((one) => row(one, backend, text))))
}

function row(room: RoomAnswer, backend: Backend, text: Words): HTMLElement {
  const moderate = button(text.moderate, async () => {
    await backend.takeRole(room.name)
    location.assign(room.chat)
  })
  const settings = room.channel === undefined ? [] : [make('a', { class: 'parterre-button', href: `/p/parterre/channel?id=${String(room.channel)}` }, text.settings)]
  return make('tr', {},
    make('th', { scope: 'row' }, room.title || room.name, ...(room.live ? [' ', make('span', { class: 'parterre-live' }, text.live)] : [])),
    make('td', { 'data-head': text.people }, String(room.occupants)),
    make('td', { 'data-head': text.last }, room.lastActivity ? new Date(room.lastActivity).toLocaleString() : '–'),
    make('td', {}, make('div', { class: 'parterre-ways' },
      ...(room.watch ? [make('a', { class: 'parterre-button', href: room.watch }, text.watch)] : []),
      make('a', { class: 'parterre-button', href: room.chat }, text.openRoom), moderate, ...settings)),
  )
}
