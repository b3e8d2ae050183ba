// Parts that load when they are first needed. A server that was renewed meanwhile has other parts than those that this
// page knows: then it is said, in place, with the way to the new ones, and nothing that was typed is lost.

import { attempt } from '../attempt'
import { Changed } from '../room/room'
import type { Chat } from './chat'

/** Loads a part; gives nothing if it is not to be had, which the chat says then. */
export async function late<Loaded>(chat: Chat, load: () => Promise<Loaded>): Promise<Loaded | undefined> {
  const loaded = await attempt(load)
  lack(chat, loaded === undefined)
  return loaded
}

/** Says that a part is missing, or is not any more. */
export function lack(chat: Chat, is: boolean): void {
  if (chat.lacking === is) return
  chat.lacking = is
  chat.changed(Changed.state)
}
