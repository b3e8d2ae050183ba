// The emoji of a channel in its settings: what there are, added from files and removed.

import type { ChannelAnswer } from '../shared/answers'
import type { Backend } from './backend'
import { button, make } from './dom'
import type { Words } from './words'

export function pictures(channel: ChannelAnswer, backend: Backend, text: Words): HTMLElement {
  const list = make('ul', { class: 'parterre-emoji' })
  const status = make('p', { class: 'parterre-status', role: 'status' })
  const attempt = async (work: () => Promise<ChannelAnswer>): Promise<void> => {
    try {
      show(await work())
    } catch (error) {
      status.textContent = error instanceof Error ? error.message : String(error)
    }
  }
  const show = ({ emoji }: ChannelAnswer): void => {
    list.replaceChildren(...Object.entries(emoji).map(([name, src]) => {
      const remove = button('×', () => attempt(() => backend.removeEmoji(channel.id, name)), { 'aria-label': `${text.remove} :${name}:`, title: text.remove })
      return make('li', {}, make('img', { src, alt: '', width: '32', height: '32', loading: 'lazy' }), ` :${name}: `, remove)
    }))
  }
  const chooser = make('input', { type: 'file', accept: 'image/png,image/gif,image/jpeg,image/webp', multiple: true, 'aria-label': text.picturesAdd })
  chooser.addEventListener('change', () => {
    void (async () => {
      status.textContent = ''
      for (const file of chooser.files ?? []) await attempt(async () => backend.addEmoji(channel.id, nameOf(file.name), await base64(file)))
      chooser.value = ''
    })()
  })
  show(channel)
  return make('section', {},
    make('h2', {}, text.pictures), make('p', { class: 'parterre-note' }, text.picturesNote), list, chooser, status)
}

/** The name of an emoji from that of a file. Pure. */
export function nameOf(file: string): string {
  return file.replace(/\.[^.]*$/, '').normalize('NFKD').replace(/[^A-Za-z0-9_-]+/g, '_').slice(0, 40)
}

async function base64(file: File): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer())
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return btoa(text)
}
