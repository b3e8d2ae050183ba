// Which videos have a chat, what its room is called, and who may see it. Pure.

import type { Settings } from './settings'
import { Privacy, type Channel, type Video } from './videos'

export interface Viewer {
  readonly id: number
  readonly account: string
  readonly staff: boolean
}

/** Whether that video has a chat. `chosen`: what its streamer chose, if they did; it holds when the live has become a video. */
export function isActive(video: Video, chosen: boolean | undefined, settings: Settings): boolean {
  if (video.remote) return false
  const wasLive = video.isLive || chosen !== undefined
  const on =
    (settings.perLive && chosen === true) ||
    (settings.allLives && wasLive) ||
    (settings.allVideos && !wasLive) ||
    settings.listed.includes(video.uuid)
  if (!on) return false
  return settings.afterLive !== 'hidden' || !hasEnded(video, chosen)
}

const ENDED = 5

/** Whether it was a live and is none any more. */
export function hasEnded(video: Video, chosen: boolean | undefined): boolean {
  return video.isLive ? video.state === ENDED : chosen !== undefined
}

/** A video that is not for everybody has a room of its own: the channel's is open, and stays so. */
export function roomOf(video: Video, settings: Settings): string {
  return settings.roomType === 'channel' && !isClosed(video) ? `channel.${String(video.channelId)}` : video.uuid
}

/** What somebody is in the rooms of a channel. Staff is nothing by itself: it takes the role with a button. */
export function roleIn(channel: Channel, editors: readonly string[], viewer: Viewer | undefined): 'owner' | 'admin' | undefined {
  if (!viewer) return undefined
  if (channel.ownerId === viewer.id) return 'owner'
  return editors.includes(viewer.account) ? 'admin' : undefined
}

/**
 * Whether that person may see the video, and so its chat. Of those who know a video's password PeerTube tells nothing here: its chat is
 * like that of a private one.
 */
export function maySee(video: Video, role: 'owner' | 'admin' | undefined, viewer: Viewer | undefined): boolean {
  if (!isClosed(video)) return true
  if (role !== undefined || viewer?.staff === true) return true
  return video.privacy === Privacy.internal && !video.blocked && viewer !== undefined
}

/** Whether the video is not for everybody, and so its room only for those whom the plugin lets in. */
export function isClosed(video: Video): boolean {
  return video.blocked || (video.privacy !== Privacy.public && video.privacy !== Privacy.unlisted)
}

/** Whether that person gets addresses to share. */
export function mayShare(settings: Settings, role: 'owner' | 'admin' | undefined, viewer: Viewer | undefined): boolean {
  switch (settings.share) {
    case 'nobody':
      return false
    case 'everyone':
      return true
    case 'owner':
      return role === 'owner'
    case 'owner+moderators':
      return role !== undefined || viewer?.staff === true
  }
}
