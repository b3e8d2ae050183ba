// The rooms, for staff: which is live, how many are there, when something was last said, and ways in.

import type { RoomAnswer } from '../shared/answers'
import type { Backend } from './backend'
import { button, make } from './dom'
import type { Words } from './words'

export async function show(root: HTMLElement, backend: Backend, text: Words): Promise<void> {
  const rooms = await backend.rooms()
  const byPeople = [...rooms].sort((one, other) => Number(other.live) - Number(one.live) || other.occupants - one.occupants)
  const heads = [text.room, text.people, text.last, ''].map((head) => make('th', { scope: 'col' }, head))
  const table = make('table', { class: 'parterre-table' },
    make('thead', {}, make('tr', {}, ...heads)), make('tbody', {}, ...byPeople.map((one) => row(one, backend, text))))
  root.replaceChildren(make('div', { class: 'parterre-admin' },
    make('h1', {}, text.rooms),
    rooms.length > 0 ? make('div', { class: 'parterre-scroll' }, table) : make('p', { class: 'parterre-note' }, text.roomsNone),
  ))
}

function row(room: RoomAnswer, backend: Backend, text: Words): HTMLElement {
  const moderate = button(text.moderate, async () => {
    await backend.takeRole(room.name)
    location.assign(room.chat)
  })
  return make('tr', {},
    make('td', {}, room.title || room.name, ...(room.live ? [' ', make('span', { class: 'parterre-live' }, text.live)] : [])),
    make('td', {}, String(room.occupants)),
    make('td', {}, room.lastActivity ? new Date(room.lastActivity).toLocaleString() : '–'),
    make('td', {},
      ...(room.watch ? [make('a', { class: 'parterre-button', href: room.watch }, text.watch), ' '] : []),
      make('a', { class: 'parterre-button', href: room.chat }, text.openRoom), ' ', moderate),
  )
}
