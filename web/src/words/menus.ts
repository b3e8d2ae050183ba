// The words of menus: what can be done with a message, with the chat, and with a name that is being written.

import { msg, str } from '@lit/localize'

export const menuWords = {
  actions: () => msg('Message actions', { id: 'actions' }),
  react: () => msg('React', { id: 'react' }),
  reply: () => msg('Reply', { id: 'reply' }),
  more: () => msg('More', { id: 'more' }),
  reactWith: (emoji: string) => msg(str`React with ${emoji}`, { id: 'react-with' }),
  moreEmoji: () => msg('More emoji', { id: 'more-emoji' }),
  showOriginal: () => msg('Show the message it answers', { id: 'show-original' }),
  copyText: () => msg('Copy text', { id: 'copy-text' }),
  edit: () => msg('Edit', { id: 'edit' }),
  remove: () => msg('Remove', { id: 'remove' }),
  hidePerson: () => msg('Hide this person for me', { id: 'hide-person' }),
  ownPage: () => msg('Open on its own page', { id: 'own-page' }),
  leave: () => msg('Leave the chat', { id: 'leave' }),
  settings: () => msg('Settings', { id: 'settings' }),
  names: () => msg('Names', { id: 'names' }),
}
