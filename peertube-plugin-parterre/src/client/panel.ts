// The chat beside a player: a bar with what one can do, and the chat under it; closed, a button that opens it.

import type { ActiveChat } from '../shared/answers'
import type { Backend } from './backend'
import { chatElement, type ChatElement } from './chat'
import { button, make } from './dom'
import { openShare } from './share'
import type { Words } from './words'

export interface Panel {
  readonly element: HTMLElement
  /** Leaves the room and takes the panel away. */
  remove(): void
}

export function panel(chat: ActiveChat, backend: Backend, words: Words): Panel {
  const element = make('section', { class: 'parterre-panel', 'aria-label': words.chat })
  let inside: ChatElement | undefined
  let gone = false

  const leave = (): void => {
    inside?.leave()
    inside?.remove()
    inside = undefined
  }
  const close = (): void => {
    leave()
    element.classList.remove('parterre-open')
    const opener = button(words.open, () => void open())
    element.replaceChildren(opener)
    opener.focus()
  }
  const takeRole = async (): Promise<void> => {
    await backend.takeRole(chat.name)
    backend.helpers.notifier?.success(words.roleTaken)
    chat = { ...chat, mayTakeRole: false }
    leave()
    await open()
  }
  const bar = (): HTMLElement => {
    const { share } = chat
    return make('div', { class: 'parterre-bar' },
      ...(chat.mayTakeRole ? [button(words.takeRole, takeRole)] : []),
      ...(chat.settings ? [make('a', { class: 'parterre-button', href: chat.settings }, words.settings)] : []),
      ...(share ? [button(words.share, () => openShare(chat, share, backend, words))] : []),
      ...(chat.ownPage ? [make('a', { class: 'parterre-button parterre-icon', href: chat.ownPage, target: '_blank', rel: 'noopener', 'aria-label': words.ownPage, title: words.ownPage }, '↗')] : []),
      button('×', close, { 'aria-label': words.hide, title: words.hide, class: 'parterre-button parterre-icon' }),
    )
  }
  const open = async (): Promise<void> => {
    const made = await chatElement(chat, backend, 'chat')
    if (gone) return
    inside = made
    element.classList.add('parterre-open')
    element.replaceChildren(bar(), made)
  }

  if (chat.autoOpen) void open()
  else element.append(button(words.open, () => void open()))
  return {
    element,
    remove: () => {
      gone = true
      leave()
      element.remove()
    },
  }
}
