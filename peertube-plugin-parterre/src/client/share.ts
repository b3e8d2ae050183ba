// The dialogue that gives the addresses of a chat away: code to embed it, its overlay, and docks, which can be revoked.

import type { ActiveChat, DockToken, Share } from '../shared/answers'
import type { Backend } from './backend'
import { button, make } from './dom'
import type { Words } from './words'

export function openShare(chat: ActiveChat, share: Share, backend: Backend, words: Words): void {
  const dialog = make('dialog', { class: 'parterre-dialog', 'aria-label': words.share })
  const field = (label: string, note: string, text: string): HTMLElement => {
    const box = make('textarea', { readonly: true, rows: String(Math.min(3, Math.ceil(text.length / 45))) })
    box.value = text
    box.addEventListener('focus', () => box.select())
    const copied = make('span', { class: 'parterre-note', role: 'status' })
    const copy = async (): Promise<void> => {
      box.select()
      await navigator.clipboard.writeText(text)
      copied.textContent = words.copied
    }
    return make('div', { class: 'parterre-field' },
      make('label', {}, label, box), make('p', { class: 'parterre-note' }, note), button(words.copy, copy), ' ', copied)
  }
  const code = `<iframe src="${share.embed}" title="${chat.title.replace(/["&<>]/g, ' ')}" width="400" height="600" sandbox="allow-same-origin allow-scripts allow-popups allow-forms"></iframe>`
  dialog.append(
    make('div', { class: 'parterre-heading' }, make('h2', {}, words.share),
      button('×', () => dialog.close(), { 'aria-label': words.close, title: words.close, class: 'parterre-button parterre-icon' })),
    field(words.sharePage, words.sharePageNote, share.page),
    field(words.shareEmbed, words.shareEmbedNote, code),
    field(words.shareOverlay, words.shareOverlayNote, `${share.overlay}?size=30&limit=5`),
  )
  if (share.dock) dialog.append(docks(share.dock, backend, words, field))
  dialog.addEventListener('close', () => dialog.remove())
  document.body.append(dialog)
  dialog.showModal()
}

function docks(address: string, backend: Backend, words: Words, field: (label: string, note: string, text: string) => HTMLElement): HTMLElement {
  const list = make('ul', { class: 'parterre-docks' })
  const fresh = make('div', { class: 'parterre-fresh' })
  const show = (all: readonly DockToken[]): void => {
    list.replaceChildren(...all.map((one) => {
      const revoke = async (): Promise<void> => {
        await backend.removeDock(one.id)
        show(await backend.docks())
      }
      return make('li', {}, `${one.label}, ${new Date(one.since).toLocaleDateString()} `, button(words.revoke, revoke))
    }))
  }
  const add = async (): Promise<void> => {
    const made = await backend.addDock('OBS')
    fresh.replaceChildren(field(words.dockNew, words.dockNewNote, `${address}#${made.token}`))
    show(await backend.docks())
  }
  void backend.docks().then(show)
  return make('div', { class: 'parterre-field' },
    make('h3', {}, words.dock), make('p', { class: 'parterre-note' }, words.dockNote), button(words.dockAdd, add), fresh, list)
}
