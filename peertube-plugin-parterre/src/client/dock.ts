// The page of a dock: who it is for stands in the fragment, which no server sees. Runs before the chat is defined.

import type { DockAnswer } from '../shared/answers'

const chat = document.querySelector<HTMLElement & { tokenProvider?: () => Promise<string>; emoji?: unknown }>('parterre-chat')
const room = chat?.dataset['dock'] ?? ''
const token = location.hash.slice(1)

if (chat) {
  chat.tokenProvider = async () => {
    const answer = await fetch(`../dock-token/${encodeURIComponent(room)}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ token }),
    })
    const said = (await answer.json()) as Partial<DockAnswer> & { error?: string }
    if (!answer.ok || !said.token) throw new Error(said.error ?? 'This dock was revoked.')
    chat.emoji = said.emoji
    return said.token
  }
}
