// What PeerTube tells: a live was made, a video or channel changed or went, a user was blocked. Each leads to the rooms, and
// none may make PeerTube fail: errors go to the log.

import type { RegisterServerOptions } from '@peertube/peertube-types'

import type { Logger } from './child'
import type { Channels } from './channels'
import type { Emoji } from './emoji'
import type { Rooms } from './rooms'
import type { Settings } from './settings'

interface VideoEvent {
  readonly video: { readonly uuid: string; readonly channelId: number; readonly isLive: boolean }
  readonly body?: { readonly pluginData?: Record<string, unknown> }
}

/** The form's field; its name is that of the plugin that this one replaces. */
export const FIELD = 'livechat-active'

/** What PeerTube's events lead to. */
interface Parts {
  readonly rooms: Rooms
  readonly channels: Channels
  readonly emoji: Emoji
  readonly settings: Settings
  readonly log: Logger
}

export function registerHooks(options: RegisterServerOptions, parts: Parts): void {
  const { rooms, log } = parts
  // PeerTube’s events have no types of their own.
  const register = (target: string, handle: (event: never) => Promise<void>): void => {
    const handler = async (event: never): Promise<void> => {
      try {
        await handle(event)
      } catch (error) {
        log.error(`After ${target}: ${error instanceof Error ? error.message : String(error)}`)
      }
    }
    // The published type of a handler has no parameters; PeerTube passes them.
    options.registerHook({ target, handler } as unknown as Parameters<typeof options.registerHook>[0])
  }
  const choose = async ({ video, body }: VideoEvent): Promise<void> => {
    const said = body?.pluginData?.[FIELD]
    if (said === undefined) return
    await rooms.choose(video.uuid, said === true || said === 'true')
  }

  register('action:api.live-video.created', async (event: VideoEvent) => {
    // Made by the API without the form: as the form would have it.
    if (event.body?.pluginData?.[FIELD] === undefined) await rooms.choose(event.video.uuid, true)
    else await choose(event)
  })
  register('action:api.video.updated', async (event: VideoEvent) => {
    await choose(event)
    await rooms.follow(event.video.uuid)
  })
  register('action:live.video.state.updated', ({ video }: VideoEvent) => rooms.follow(video.uuid))
  register('action:api.video.deleted', async ({ video }: VideoEvent) => {
    await rooms.destroy(video.uuid)
  })
  register('action:api.video-channel.updated', ({ videoChannel }: { videoChannel: { id: number } }) => rooms.followChannel(videoChannel.id))
  register('action:api.video-channel.deleted', async ({ videoChannel: { id } }: { videoChannel: { id: number } }) => {
    await rooms.destroy(`channel.${String(id)}`)
    await parts.emoji.removeAll(id)
    await parts.channels.forget(id)
  })
  for (const target of ['action:api.user.blocked', 'action:api.user.deleted']) {
    register(target, async ({ user }: { user: { username: string } }) => {
      await rooms.banish(user.username)
    })
  }

  register('action:api.user.unblocked', ({ user }: { user: { username: string } }) => rooms.recall(user.username))

  const filter = async (video: { id?: number; uuid?: string; pluginData?: Record<string, unknown> } | undefined): Promise<unknown> => {
    if (!video?.uuid || video.id === undefined || !parts.settings.perLive) return video
    const chosen = await rooms.chosen({ id: video.id, uuid: video.uuid }).catch(() => undefined)
    if (chosen !== undefined) video.pluginData = { ...video.pluginData, [FIELD]: chosen }
    return video
  }
  options.registerHook({ target: 'filter:api.video.get.result', handler: filter } as unknown as Parameters<typeof options.registerHook>[0])
}
