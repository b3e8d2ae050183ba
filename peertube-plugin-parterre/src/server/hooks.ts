// What PeerTube tells: a live was made, a video or channel changed or went, a user was blocked. Each leads to the rooms, and
// none may make PeerTube fail: errors go to the log.

import type { ServerResponse } from 'node:http'

import type { RegisterServerOptions } from '@peertube/peertube-types'

import type { Banishment, Blocked } from './banishment'
import type { Logger } from './child'
import type { Channels } from './channels'
import type { Emoji } from './emoji'
import type { Rooms } from './rooms'

interface VideoEvent {
  readonly video: { readonly id: number; readonly uuid: string; readonly isLive: boolean }
  readonly body?: { readonly pluginData?: Record<string, unknown> }
}

interface ChannelEvent {
  readonly videoChannel: { readonly id: number; readonly name: string }
  readonly res: ServerResponse
}

interface UserEvent {
  readonly user: Blocked
}

/** The form's field; its name is that of the plugin that this one replaces. */
export const FIELD = 'livechat-active'

/** What PeerTube's events lead to. */
interface Parts {
  readonly rooms: Rooms
  readonly banishment: Banishment
  readonly channels: Channels
  readonly emoji: Emoji
  readonly log: Logger
  /** What PeerTube tells while the program is down is done when it runs again. */
  whenRunning(work: () => Promise<unknown>): Promise<void>
}

export function registerHooks(options: RegisterServerOptions, parts: Parts): void {
  const { rooms, banishment, log } = parts
  const after = async (target: string, work: Promise<void>): Promise<void> => {
    try {
      await work
    } catch (error) {
      log.error(`After ${target}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  // PeerTube’s events have no types of their own.
  const register = (target: string, handle: (event: never) => Promise<void>): void => {
    const handler = (event: never): Promise<void> => after(target, handle(event))
    // The published type of a handler has no parameters; PeerTube passes them.
    options.registerHook({ target, handler } as unknown as Parameters<typeof options.registerHook>[0])
  }
  const choose = async ({ video, body }: VideoEvent): Promise<void> => {
    const said = body?.pluginData?.[FIELD]
    if (said === undefined) return
    // PeerTube's form sends the field where it is hidden, too: of a video that never was a live that says nothing.
    if (!video.isLive && (await rooms.chosen(video)) === undefined) return
    await rooms.choose(video.uuid, said === true || said === 'true')
  }

  register('action:api.live-video.created', async (event: VideoEvent) => {
    // Made by the API without the form: as the form would have it.
    if (event.body?.pluginData?.[FIELD] === undefined) await rooms.choose(event.video.uuid, true)
    else await choose(event)
  })
  register('action:api.video.updated', async (event: VideoEvent) => {
    await choose(event)
    await parts.whenRunning(() => rooms.follow(event.video.uuid))
  })
  register('action:live.video.state.updated', ({ video }: VideoEvent) => parts.whenRunning(() => rooms.follow(video.uuid)))
  register('action:api.video.deleted', ({ video }: VideoEvent) => parts.whenRunning(() => rooms.destroy(video.uuid)))
  register('action:api.video-channel.updated', ({ videoChannel: { id, name } }: ChannelEvent) => parts.whenRunning(() => rooms.followChannel(id, name)))
  register('action:api.video-channel.deleted', ({ videoChannel, res }: ChannelEvent) => {
    // Its videos are gone for others only when PeerTube has committed, and it answers after that. Nothing may wait here for it.
    res.once('close', () => void after('the removal of a channel', parts.whenRunning(() => rooms.clear())))
    return forget(parts, videoChannel.id)
  })
  register('action:api.user.blocked', ({ user }: UserEvent) => parts.whenRunning(() => banishment.banish(user)))
  register('action:api.user.deleted', ({ user }: UserEvent) => parts.whenRunning(async () => {
    await banishment.banish(user)
    await rooms.clear()
  }))
  register('action:api.user.unblocked', ({ user }: UserEvent) => parts.whenRunning(() => banishment.recall(user)))

  // Whatever the settings are: what the form does not know it would overwrite when it is saved.
  const filter = async (video: { id?: number; uuid?: string; pluginData?: Record<string, unknown> } | undefined): Promise<unknown> => {
    if (!video?.uuid || video.id === undefined) return video
    const chosen = await rooms.chosen({ id: video.id, uuid: video.uuid }).catch(() => undefined)
    if (chosen !== undefined) video.pluginData = { ...video.pluginData, [FIELD]: chosen }
    return video
  }
  options.registerHook({ target: 'filter:api.video.get.result', handler: filter } as unknown as Parameters<typeof options.registerHook>[0])
}

/** A channel is gone, with its room, its options and its pictures. */
async function forget(parts: Parts, channel: number): Promise<void> {
  await parts.whenRunning(() => parts.rooms.destroy(`channel.${String(channel)}`))
  await parts.emoji.removeAll(channel)
  await parts.channels.forget(channel)
}
