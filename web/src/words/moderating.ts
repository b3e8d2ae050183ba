// The words of moderating and of who is here. They load with what uses them: who only reads or writes never needs them.

import { msg, str } from '@lit/localize'
import { safeName } from '../text/safe'
import { moment, number, plural } from './speech'

/** `@` stands where the name does: it is put in its place as a text of its own, isolated. */
const named = (text: string, nick: string): string => text.replace('@', () => `\u2068${safeName(nick)}\u2069`)

const doing = {
  removeMessage: () => msg('Remove message', { id: 'mod-remove' }),
  removeAll: (count: number) => plural('mod-remove-all', count, 'Remove all #', 'Remove all #'),
  mute: () => msg('Mute', { id: 'mod-mute' }),
  unmute: () => msg('Give the voice back', { id: 'mod-unmute' }),
  muteFor: () => msg('Mute for how long', { id: 'mod-mute-for' }),
  tenMinutes: () => msg('10 min', { id: 'mod-ten-minutes' }),
  oneHour: () => msg('1 h', { id: 'mod-one-hour' }),
  tonight: () => msg('Tonight', { id: 'mod-tonight' }),
  untilLifted: () => msg('Until lifted', { id: 'mod-until-lifted' }),
  sendOut: () => msg('Send out', { id: 'mod-send-out' }),
  ban: () => msg('Ban…', { id: 'mod-ban' }),
  makeModerator: () => msg('Make moderator', { id: 'mod-make-moderator' }),
  arrived: (minutes: number) =>
    minutes < 1
      ? msg('Arrived just now', { id: 'mod-arrived-now' })
      : minutes < 90
        ? plural('mod-arrived', minutes, 'Arrived # min ago', 'Arrived # min ago')
        : plural('mod-arrived-hours', Math.round(minutes / 60), 'Arrived # h ago', 'Arrived # h ago'),
  said: (count: number) => plural('mod-said', count, '# message', '# messages'),
  isHere: () => msg('Here', { id: 'mod-here' }),
  isAway: () => msg('Not here now', { id: 'mod-away' }),
  mutedTill: (time: number) => msg(str`Muted until ${moment(time)}`, { id: 'mod-muted-till' }),
  isMuted: () => msg('Muted', { id: 'mod-is-muted' }),
}

const banning = {
  banWhom: (nick: string) => named(msg('Ban @?', { id: 'ban-whom' }), nick),
  banHint: () => msg('They can still watch the video, not the chat.', { id: 'ban-hint' }),
  banFor: () => msg('For how long', { id: 'ban-for' }),
  banReason: () => msg('Reason, shown to them (optional)', { id: 'ban-reason' }),
  banHour: () => msg('1 hour', { id: 'ban-hour' }),
  banLive: () => msg('This live', { id: 'ban-live' }),
  banForGood: () => msg('For good', { id: 'ban-good' }),
  banNow: () => msg('Ban', { id: 'ban-now' }),
  cancel: () => msg('Cancel', { id: 'cancel' }),
}

const done = {
  undo: () => msg('Undo', { id: 'undo' }),
  undone: () => msg('Undone', { id: 'undone' }),
  didRemove: (nick: string) => named(msg('Message from @ removed', { id: 'did-remove' }), nick),
  didRemoveAll: (nick: string, count: number) =>
    named(plural('did-remove-all', count, '# message from @ removed', '# messages from @ removed'), nick),
  didMuteTenMinutes: (nick: string) => named(msg('@ is muted for 10 min', { id: 'did-mute-ten' }), nick),
  didMuteHour: (nick: string) => named(msg('@ is muted for 1 h', { id: 'did-mute-hour' }), nick),
  didMuteTonight: (nick: string) => named(msg('@ is muted for tonight', { id: 'did-mute-tonight' }), nick),
  didMute: (nick: string) => named(msg('@ is muted until you lift it', { id: 'did-mute' }), nick),
  didUnmute: (nick: string) => named(msg('@ has a voice again', { id: 'did-unmute' }), nick),
  didSendOut: (nick: string) => named(msg('@ was sent out', { id: 'did-send-out' }), nick),
  didBan: (nick: string) => named(msg('@ is banned', { id: 'did-ban' }), nick),
  didBanHour: (nick: string) => named(msg('@ is banned for 1 hour', { id: 'did-ban-hour' }), nick),
  didBanLive: (nick: string) => named(msg('@ is banned for this live', { id: 'did-ban-live' }), nick),
  didMakeModerator: (nick: string) => named(msg('@ is a moderator now', { id: 'did-make-moderator' }), nick),
  didSlow: (seconds: number) =>
    seconds === 0 ? msg('Slow mode off', { id: 'did-slow-off' }) : plural('did-slow', seconds, 'Slow mode set to # s', 'Slow mode set to # s'),
  didAccountsOnly: (on: boolean) =>
    on ? msg('Accounts only', { id: 'did-accounts-on' }) : msg('Everybody may write', { id: 'did-accounts-off' }),
  didEmojiOnly: (on: boolean) =>
    on ? msg('Emoji only', { id: 'did-emoji-on' }) : msg('Words are allowed again', { id: 'did-emoji-off' }),
  didCalm: () => msg('The room is calmed', { id: 'did-calm' }),
  didAnnounce: () => msg('Announced', { id: 'did-announce' }),
  noActions: () => msg('Nothing yet', { id: 'no-actions' }),
  noActionsHint: () => msg('What you do as a moderator stands here, to be undone.', { id: 'no-actions-hint' }),
  you: () => msg('You', { id: 'actor-you' }),
  at: (time: number) => moment(time),
}

const failed = {
  notAllowed: () => msg('The room does not let you do this.', { id: 'mod-not-allowed' }),
  notHere: () => msg('They are not here any more.', { id: 'mod-not-here' }),
  notPossible: () => msg('This room can’t do that.', { id: 'mod-not-possible' }),
  noAnswer: () => msg('The room did not answer. Try again.', { id: 'mod-no-answer' }),
  notDone: (why: string) => msg(str`That did not work: ${why}`, { id: 'mod-not-done' }),
}

const room = {
  forModerators: () => msg('For moderators', { id: 'for-moderators' }),
  slowMode: () => msg('Slow mode', { id: 'slow-mode' }),
  off: () => msg('Off', { id: 'slow-none' }),
  seconds: (count: number) => plural('slow-seconds', count, '# s', '# s'),
  accountsOnlyMode: () => msg('Accounts only', { id: 'accounts-only-mode' }),
  emojiOnlyMode: () => msg('Emoji only', { id: 'emoji-only-mode' }),
  announce: () => msg('Announce…', { id: 'announce' }),
  announceTitle: () => msg('Announce to everybody', { id: 'announce-title' }),
  announceHint: () => msg('It stands out in the chat, and can be removed like any message.', { id: 'announce-hint' }),
  announceText: () => msg('What to say', { id: 'announce-text' }),
  announceNow: () => msg('Announce', { id: 'announce-now' }),
  kindOfAnnouncement: () => msg('What kind', { id: 'announce-kind' }),
  kindAnnouncement: () => msg('Announcement', { id: 'announce-plain' }),
  kindWarning: () => msg('Warning', { id: 'announce-warning' }),
  calm: () => msg('Calm the room', { id: 'calm' }),
}

const people = {
  findName: () => msg('Find a name', { id: 'find-name' }),
  findAnyone: () => msg('Find anyone here', { id: 'find-anyone' }),
  staff: () => msg('Hosts and moderators', { id: 'people-staff' }),
  haveWritten: (count: number) => msg(str`Have written · ${number(count)}`, { id: 'people-written' }),
  watching: (count: number) => msg(str`Watching · ${number(count)}`, { id: 'people-watching' }),
  watchingOpen: () => msg('Watching', { id: 'people-watching-open' }),
  showWatching: () => msg('Show their names', { id: 'people-show-watching' }),
  again: () => msg('Try again', { id: 'try-again' }),
  othersWatch: () => msg('The others are watching. They are counted, never listed.', { id: 'people-others' }),
  nobodyFound: () => msg('Nobody of that name', { id: 'people-nobody' }),
  loadFailed: () => msg('The list did not come.', { id: 'people-failed' }),
  host: () => msg('host', { id: 'role-host' }),
  moderator: () => msg('moderator', { id: 'role-moderator' }),
  ownMark: () => msg('you', { id: 'role-you' }),
  theirMessages: () => msg('Their messages here', { id: 'person-messages' }),
  noMessages: () => msg('None of their messages are on this page.', { id: 'person-none' }),
  hideForMe: () => msg('Hide this person for me', { id: 'person-hide' }),
  showAgain: () => msg('Show this person again', { id: 'person-show' }),
  moderating: () => msg('Moderating', { id: 'person-moderating' }),
}

export const moderatingWords = { ...doing, ...banning, ...done, ...failed, ...room, ...people }
