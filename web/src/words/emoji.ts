// The words of the emoji picker.

import { msg } from '@lit/localize'

export const emojiWords = {
  searchEmoji: () => msg('Search', { id: 'emoji-search' }),
  oftenUsed: () => msg('Often used', { id: 'emoji-often' }),
  ofThisChat: () => msg('Of this chat', { id: 'emoji-own' }),
  smileys: () => msg('Smileys', { id: 'emoji-smileys' }),
  peopleAndBody: () => msg('People', { id: 'emoji-people' }),
  nature: () => msg('Animals and nature', { id: 'emoji-nature' }),
  food: () => msg('Food and drink', { id: 'emoji-food' }),
  travel: () => msg('Travel and places', { id: 'emoji-travel' }),
  activities: () => msg('Activities', { id: 'emoji-activities' }),
  objects: () => msg('Objects', { id: 'emoji-objects' }),
  symbols: () => msg('Symbols', { id: 'emoji-symbols' }),
  flags: () => msg('Flags', { id: 'emoji-flags' }),
  found: () => msg('Found', { id: 'emoji-found' }),
  noEmoji: () => msg('No emoji of that name', { id: 'emoji-none' }),
}
