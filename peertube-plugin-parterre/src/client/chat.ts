// The chat element, set up for a room of this PeerTube.

import type { ActiveChat } from '../shared/answers'
import type { Backend } from './backend'
import { make } from './dom'

export type ChatElement = HTMLElement & {
  tokenProvider?: () => Promise<string | undefined>
  emoji?: Readonly<Record<string, string>>
  leave(): void
  focus(): void
}

/** Makes it; the module that it needs is loaded once. Its size is that of its box. */
export async function chatElement(chat: ActiveChat, backend: Backend, mode: 'chat' | 'page' | 'embed'): Promise<ChatElement> {
  await import(chat.script)
  const loggedIn = backend.helpers.isLoggedIn?.() === true
  const element = make('parterre-chat' as 'div', {
    server: chat.server,
    room: chat.room,
    domain: chat.domain,
    accounts: chat.accounts,
    mode,
    lang: document.documentElement.lang || undefined,
    class: chat.themeColours ? 'parterre-themed' : '',
    'own-page': mode === 'chat' ? chat.ownPage : undefined,
    'can-login': !loggedIn && mode !== 'embed',
  }) as unknown as ChatElement
  element.tokenProvider = () => backend.token(chat.name)
  element.emoji = chat.emoji
  element.addEventListener('login', logIn)
  return element
}

/** Goes to PeerTube's login by its own link, where there is one: only so it leads back to this page afterwards. */
export function logIn(): void {
  const link = document.querySelector<HTMLElement>('a[href="/login"]:not(.parterre-button)')
  if (link) link.click()
  else location.assign('/login')
}
