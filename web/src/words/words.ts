// The words that everybody needs, in English, each with the id under which other languages give theirs: see {@link speech}.
// Those of menus, settings, emoji and moderating stand in files beside this one, and load with what says them.
//
// Texts with a number have an id for each plural category that the language has (`count.one`, `count.other`).

import { msg, str } from '@lit/localize'
import { clock, day, moment, number, plural, short } from './speech'

export { LANGUAGES, isRightToLeft, language, nameOf, speak } from './speech'

/** From here on a count is shortened. */
const LARGE = 10_000

/** The frame: header, states of the connection. */
const frame = {
  title: () => msg('Live chat', { id: 'title' }),
  here: (count: number) => plural('here', count, '# here', '# here', count < LARGE ? number(count) : short(count)),
  hereExactly: (count: number) => plural('here', count, '# here', '# here'),
  countHint: () => msg('Everyone connected to this chat right now, writing or not', { id: 'count-hint' }),
  connecting: () => msg('Connecting…', { id: 'connecting' }),
  reconnecting: () => msg('Reconnecting…', { id: 'reconnecting' }),
  isOffline: () => msg('Offline', { id: 'is-offline' }),
  hasEnded: () => msg('Ended', { id: 'has-ended' }),
  hasLeft: () => msg('Chat left', { id: 'has-left' }),
  busy: () => msg('busy', { id: 'busy' }),
  busyHint: () => msg('The chat is busy: messages may come later', { id: 'busy-hint' }),
  people: () => msg('People', { id: 'people' }),
  menu: () => msg('Menu', { id: 'menu' }),
  signIn: () => msg('Sign in', { id: 'sign-in' }),
  back: () => msg('Back', { id: 'back' }),
  noPlace: () => msg('The chat can’t be found', { id: 'no-place' }),
  noPlaceHint: () => msg('This page does not say where it is. Its owner can mend that.', { id: 'no-place-hint' }),
  unreachable: () => msg('The chat can’t be reached', { id: 'unreachable' }),
  unreachableHint: () => msg('The server does not answer. Please try again later.', { id: 'unreachable-hint' }),
}

/** The log. */
const log = {
  messages: () => msg('Messages', { id: 'messages' }),
  newMessages: (count: number, shown?: string) => plural('new-messages', count, '# new message', '# new messages', shown),
  mentionsOfYou: (count: number) => plural('mentions-of-you', count, '# mention of you', '# mentions of you'),
  time: (time: number) => clock(time),
  day: (time: number) => day(time),
  count: (count: number) => number(count),
  empty: () => msg('Quiet for now', { id: 'empty' }),
  emptyHint: () => msg('Say hello, and the first message is yours.', { id: 'empty-hint' }),
  host: () => msg('host', { id: 'host' }),
  moderator: () => msg('moderator', { id: 'moderator' }),
  you: () => msg('you', { id: 'you' }),
  edited: () => msg('(edited)', { id: 'edited' }),
  sending: () => msg('Sending', { id: 'sending' }),
  notSent: () => msg('Not sent', { id: 'not-sent' }),
  discard: () => msg('Delete', { id: 'discard' }),
  showAll: () => msg('Show all', { id: 'show-all' }),
  answerTo: (name: string, text: string) => msg(str`In answer to ${name}: ${text}`, { id: 'answer-to' }),
  reaction: (emoji: string, count: number) => msg(str`${emoji} ${number(count)}`, { id: 'reaction' }),
  messageRemoved: () => msg('Message removed', { id: 'message-removed' }),
  removedByModerator: () => msg('Message removed by a moderator', { id: 'removed-by-moderator' }),
  removedOf: (name: string, moderator: string | undefined) =>
    moderator === undefined
      ? msg(str`Message from ${name} removed by a moderator`, { id: 'removed-of' })
      : msg(str`Message from ${name} removed by ${moderator}`, { id: 'removed-of-by' }),
  announcedBy: (name: string) => msg(str`From ${name}`, { id: 'announced-by' }),
  gap: () => msg('Some messages are missing here', { id: 'gap' }),
  hasCome: (name: string) => msg(str`${name} has come in`, { id: 'has-come' }),
  hasGone: (name: string) => msg(str`${name} has left`, { id: 'has-gone' }),
  slowOn: (seconds: number) =>
    plural('slow-mode-on', seconds, 'Slow mode is on: one message every second.', 'Slow mode is on: one message every # seconds.'),
  slowOff: () => msg('Slow mode is off.', { id: 'slow-mode-off' }),
  accountsOnlyOn: () => msg('Only people with an account can write now.', { id: 'accounts-only-on' }),
  accountsOnlyOff: () => msg('Everyone can write again.', { id: 'accounts-only-off' }),
  emojiOnlyOn: () => msg('Emoji only, for now.', { id: 'emoji-only-on' }),
  emojiOnlyOff: () => msg('Words are welcome again.', { id: 'emoji-only-off' }),
  lockedOn: () => msg('The chat is locked.', { id: 'locked-on' }),
  lockedOff: () => msg('The chat is open again.', { id: 'locked-off' }),
}

/** What is read out. */
const spoken = {
  toYou: (name: string, text: string) => msg(str`${name} to you: ${text}`, { id: 'to-you' }),
  saysAloud: (name: string, text: string) => msg(str`${name}: ${text}`, { id: 'says' }),
}

/** Where one writes. */
const writing = {
  message: () => msg('Message', { id: 'message' }),
  send: () => msg('Send', { id: 'send' }),
  writeAs: (nick: string) => msg(str`Write as ${nick}`, { id: 'write-as' }),
  chooseName: () => msg('Choose a name to write', { id: 'choose-name' }),
  yourName: () => msg('Your name', { id: 'your-name' }),
  joinIn: () => msg('Join in', { id: 'join-in' }),
  or: () => msg('or', { id: 'or' }),
  orSignIn: () => msg('sign in', { id: 'or-sign-in' }),
  nameTaken: () => msg('That name is taken.', { id: 'name-taken' }),
  nameFree: () => msg('@ is free.', { id: 'name-free' }),
  nameRefused: () => msg('That name can’t be used here.', { id: 'name-refused' }),
  replyingTo: () => msg('Replying to @', { id: 'replying-to' }),
  cancelReply: () => msg('Cancel the reply', { id: 'cancel-reply' }),
  editing: () => msg('Editing your message', { id: 'editing' }),
  cancelEdit: () => msg('Cancel editing', { id: 'cancel-edit' }),
  left: (count: number) => plural('left', count, '# left', '# left'),
  tooMany: (count: number) => plural('too-many', count, '# too many', '# too many'),
  waitToSend: (seconds: number) => plural('wait-to-send', seconds, '# s to go', '# s to go'),
  emojiOnly: () => msg('Emoji only, for now', { id: 'emoji-only' }),
  emoji: () => msg('Emoji', { id: 'emoji' }),
}

/** Why one can't write, or is not there. */
const notices = {
  offline: () => msg('You’re offline', { id: 'offline' }),
  offlineHint: (seconds: number) =>
    plural('offline-hint', seconds, 'We try again in # s. Your text is kept.', 'We try again in # s. Your text is kept.'),
  offlineNow: () => msg('We are trying again. Your text is kept.', { id: 'offline-now' }),
  tryNow: () => msg('Try now', { id: 'try-now' }),
  lacking: () => msg('Part of the chat could not be loaded', { id: 'lacking' }),
  lackingHint: () => msg('It may have been renewed since you came. Your text is kept.', { id: 'lacking-hint' }),
  reload: () => msg('Reload', { id: 'reload' }),
  mutedUntil: (time: number) => msg(str`You’re muted until ${moment(time)}`, { id: 'muted-until' }),
  muted: () => msg('You’re muted', { id: 'muted' }),
  mutedHint: () => msg('A moderator decided this. You can go on reading.', { id: 'muted-hint' }),
  noVoice: () => msg('Only people invited to speak can write here', { id: 'no-voice' }),
  noVoiceHint: () => msg('You can go on reading.', { id: 'no-voice-hint' }),
  comeBack: () => msg('Come back', { id: 'come-back' }),
  accountsOnly: () => msg('Only people with an account can write right now', { id: 'accounts-only' }),
  tryAgain: () => msg('Try again', { id: 'try-again' }),
  youLeft: () => msg('You have left the chat', { id: 'you-left' }),
}

export const words = { ...frame, ...log, ...spoken, ...writing, ...notices }
