import { describe, expect, it } from 'vitest'

import { hasEnded, isActive, maySee, mayShare, roleIn, roomOf } from '../../src/server/activation'
import { read } from '../../src/server/settings'
import { parseRoom, Privacy, type Channel, type Video } from '../../src/server/videos'

const UUID = '11111111-2222-4333-8444-555555555555'
const live: Video = { id: 1, uuid: UUID, name: 'A', language: null, isLive: true, remote: false, privacy: 1, state: 1, channelId: 7, blocked: false }
const channel: Channel = { id: 7, name: 'C', accountId: 2, owner: 'ada', ownerId: 2 }
const viewer = (id: number, staff = false) => ({ id, account: `user${String(id)}`, staff })

describe('which videos have a chat', () => {
  it('lives whose streamer chose so', () => {
    expect(isActive(live, true, read({}))).toBe(true)
    expect(isActive(live, false, read({}))).toBe(false)
    expect(isActive(live, undefined, read({}))).toBe(false)
  })

  it('never those of other instances', () => {
    expect(isActive({ ...live, remote: true }, true, read({ 'chat-all-lives': true }))).toBe(false)
  })

  it('all lives, all videos, or listed ones', () => {
    const video = { ...live, isLive: false }
    expect(isActive(live, false, read({ 'chat-all-lives': true }))).toBe(true)
    expect(isActive(video, undefined, read({ 'chat-all-lives': true }))).toBe(false)
    expect(isActive(video, undefined, read({ 'chat-all-non-lives': true }))).toBe(true)
    expect(isActive(video, undefined, read({ 'chat-videos-list': UUID }))).toBe(true)
  })

  it('keep it when the live has become a video, unless the settings say otherwise', () => {
    const replay = { ...live, isLive: false }
    expect(hasEnded(replay, true)).toBe(true)
    expect(isActive(replay, true, read({}))).toBe(true)
    expect(isActive(replay, true, read({ 'chat-after-live': 'hidden' }))).toBe(false)
    expect(isActive(live, true, read({ 'chat-after-live': 'hidden' }))).toBe(true)
  })
})

describe('rooms', () => {
  it('are named after the video or the channel', () => {
    expect(roomOf(live, read({}))).toBe(UUID)
    expect(roomOf(live, read({ 'prosody-room-type': 'channel' }))).toBe('channel.7')
  })

  it('are the video’s own where it is not for everybody', () => {
    for (const closed of [{ privacy: Privacy.private }, { privacy: Privacy.internal }, { privacy: Privacy.password }, { blocked: true }]) {
      expect(roomOf({ ...live, ...closed }, read({ 'prosody-room-type': 'channel' }))).toBe(UUID)
    }
    expect(roomOf({ ...live, privacy: Privacy.unlisted }, read({ 'prosody-room-type': 'channel' }))).toBe('channel.7')
  })

  it('are known by these names alone', () => {
    expect(parseRoom(UUID)).toEqual({ video: UUID })
    expect(parseRoom('channel.7')).toEqual({ channel: 7 })
    for (const other of ['', 'channel.', 'channel.x', 'channel.-1', `${UUID}x`, '../x', UUID.slice(1)]) expect(parseRoom(other)).toBeUndefined()
  })
})

describe('who is who', () => {
  it('the owner of the channel owns, its editors moderate, staff is nothing by itself', () => {
    expect(roleIn(channel, [], viewer(2))).toBe('owner')
    expect(roleIn(channel, ['user3'], viewer(3))).toBe('admin')
    expect(roleIn(channel, [], viewer(4, true))).toBeUndefined()
    expect(roleIn(channel, [], undefined)).toBeUndefined()
  })

  it('who may not see the video does not see its chat', () => {
    const hidden = (privacy: number) => ({ ...live, privacy })
    expect(maySee(hidden(Privacy.unlisted), undefined, undefined)).toBe(true)
    expect(maySee(hidden(Privacy.private), undefined, viewer(4))).toBe(false)
    expect(maySee(hidden(Privacy.private), 'owner', viewer(2))).toBe(true)
    expect(maySee(hidden(Privacy.private), undefined, viewer(4, true))).toBe(true)
    expect(maySee(hidden(Privacy.internal), undefined, undefined)).toBe(false)
    expect(maySee(hidden(Privacy.internal), undefined, viewer(4))).toBe(true)
    for (const closed of [hidden(Privacy.password), { ...live, blocked: true }, { ...hidden(Privacy.internal), blocked: true }]) {
      expect(maySee(closed, undefined, undefined)).toBe(false)
      expect(maySee(closed, undefined, viewer(4))).toBe(false)
      expect(maySee(closed, 'owner', viewer(2))).toBe(true)
      expect(maySee(closed, undefined, viewer(4, true))).toBe(true)
    }
  })

  it.each([['nobody', false, false, false], ['owner', true, false, false], ['owner+moderators', true, true, false], ['everyone', true, true, true]])(
    'with %s, addresses are shared with',
    (share, owner, staff, anybody) => {
      const settings = read({ 'chat-share-url': share })
      expect(mayShare(settings, 'owner', viewer(2))).toBe(owner)
      expect(mayShare(settings, undefined, viewer(4, true))).toBe(staff)
      expect(mayShare(settings, undefined, undefined)).toBe(anybody)
    },
  )
})
