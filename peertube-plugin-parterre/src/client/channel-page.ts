// The settings of a channel's chats, for its owner, its editors and staff. Without `?id=` the channels of whoever looks.

import type { ChannelAnswer, ChannelOptions } from '../shared/answers'
import { isFailed, type Backend } from './backend'
import { button, make } from './dom'
import { pictures } from './pictures'
import type { Words } from './words'

export async function show(root: HTMLElement, backend: Backend, text: Words): Promise<void> {
  const id = Number(new URLSearchParams(location.search).get('id'))
  const open = async (channel: number): Promise<void> => {
    settings(root, backend, text, await backend.channel(channel))
  }
  if (id) {
    await open(id)
    return
  }
  const channels = await backend.channels()
  if (channels.length === 1 && channels[0]) {
    await open(channels[0].id)
    return
  }
  const links = channels.map((one) => make('li', {}, make('a', { class: 'parterre-link', href: `?id=${String(one.id)}` }, one.name)))
  root.replaceChildren(make('div', { class: 'parterre-admin' },
    make('h1', {}, text.channels),
    links.length > 0 ? make('ul', { class: 'parterre-list' }, ...links) : make('p', { class: 'parterre-note' }, text.channelsNone),
  ))
}

function settings(root: HTMLElement, backend: Backend, text: Words, channel: ChannelAnswer): void {
  const { options } = channel
  const number = (value: number, most: number): HTMLInputElement => make('input', { type: 'number', min: '0', max: String(most), step: '1', required: true, value: String(value) })
  const check = (on: boolean): HTMLInputElement => make('input', { type: 'checkbox', checked: on })
  const area = (value: string, rows: number, most?: number): HTMLTextAreaElement => {
    const field = make('textarea', { rows: String(rows), maxlength: most === undefined ? undefined : String(most) })
    field.value = value
    return field
  }
  const slowMode = number(options.slowMode, 1000)
  const muteAnonymous = check(options.muteAnonymous)
  const emojiOnly = check(options.emojiOnly)
  const history = number(options.history, 500)
  const welcome = area(options.welcome, 3, 400)
  const moderators = area(options.moderators.join('\n'), 3)
  const status = make('p', { class: 'parterre-status', role: 'status' })

  const save = async (): Promise<void> => {
    status.textContent = ''
    const offered: ChannelOptions = {
      slowMode: slowMode.valueAsNumber,
      muteAnonymous: muteAnonymous.checked,
      emojiOnly: emojiOnly.checked,
      history: history.valueAsNumber,
      welcome: welcome.value,
      moderators: moderators.value.split('\n').map((line) => line.trim()).filter(Boolean),
    }
    try {
      const kept = await backend.setChannel(channel.id, offered)
      moderators.value = kept.options.moderators.join('\n')
      status.textContent = text.saved
    } catch (error) {
      status.textContent = complaint(error, text)
    }
  }
  const form = make('form', {},
    field(text.slowMode, text.slowModeNote, slowMode),
    field(text.history, text.historyNote, history),
    field(text.muteAnonymous, '', muteAnonymous),
    field(text.emojiOnly, text.emojiOnlyNote, emojiOnly),
    field(text.welcome, text.welcomeNote, welcome),
    field(text.moderators, text.moderatorsNote, moderators),
    button(text.save, () => undefined, { type: 'submit', class: 'parterre-button parterre-main' }), status)
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void save()
  })
  root.replaceChildren(make('div', { class: 'parterre-admin' },
    make('h1', {}, `${text.chat} – ${channel.name}`), make('p', { class: 'parterre-note' }, text.channelSet), form, pictures(channel, backend, text)))
}

let fields = 0

/** A field with its label, and what explains it, which is read out with it. */
function field(label: string, note: string, input: HTMLInputElement | HTMLTextAreaElement): HTMLElement {
  fields += 1
  const id = `parterre-field-${String(fields)}`
  if (note) input.setAttribute('aria-describedby', id)
  const explained = note ? [make('p', { class: 'parterre-note', id }, note)] : []
  const inside = input.type === 'checkbox' ? [input, ' ', label] : [label, input]
  return make('div', { class: 'parterre-field' }, make('label', {}, ...inside), ...explained)
}

/** Why something was not kept, in the reader's language where the page knows it. */
export function complaint(error: unknown, text: Words): string {
  if (!isFailed(error)) return error instanceof Error ? error.message : String(error)
  const { wrong = [], unknown = [] } = error.faults
  const labels = wrong.map((name) => (name in text ? text[name as keyof Words] : name))
  const parts = [...(labels.length > 0 ? [`${text.wrong} ${labels.join(', ')}`] : []), ...(unknown.length > 0 ? [`${text.unknown} ${unknown.join(', ')}`] : [])]
  return parts.length > 0 ? parts.join('. ') : error.message
}
