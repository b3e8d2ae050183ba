// The routes of a channel's settings: its options, its pictures, who may change them. Enters: requests of owners, editors and
// staff. Leaves: what is kept, and what its rooms follow at once.

import type { Router } from 'express'

import type { ChannelAnswer } from '../shared/answers'
import { Denied, handler, ownChannel, param, user } from './access'
import { readOptions } from './channels'
import { isName, MOST_BYTES, type Outcome } from './emoji'
import type { Plugin } from './plugin'
import type { Channel } from './videos'

const REFUSALS: Record<Exclude<Outcome, 'kept'>, string> = {
  name: 'A name has letters, digits, - and _.',
  picture: 'This is no PNG, GIF, JPEG or WebP.',
  size: `A picture has at most ${String(MOST_BYTES / 1024)} KiB.`,
  many: 'This channel has too many pictures.',
}

export function routeChannels(router: Router, plugin: Plugin): void {
  const handle = handler(plugin)
  router.get('/channels', handle(async (request, response) => plugin.videos.channelsOf((await user(plugin, request, response)).viewer.id)))
  router.get('/channels/:id', handle(async (request, response) => told(plugin, (await ownChannel(plugin, request, response)).channel)))
  router.put('/channels/:id', handle(async (request, response) => {
    const { channel, found } = await ownChannel(plugin, request, response)
    await set(plugin, channel, request.body)
    plugin.log.info(`${found.viewer.account} has set the chat of the channel ${channel.name}.`)
    return told(plugin, channel)
  }))
  router.put('/channels/:id/emoji/:name', handle(async (request, response) => {
    const { channel } = await ownChannel(plugin, request, response)
    const picture: unknown = (request.body as { picture?: unknown } | undefined)?.picture
    if (typeof picture !== 'string') throw new Denied(400, REFUSALS.picture)
    const outcome = await plugin.emoji.add(channel.id, param(request, 'name'), Buffer.from(picture, 'base64'))
    if (outcome !== 'kept') throw new Denied(400, REFUSALS[outcome])
    return told(plugin, channel)
  }))
  router.delete('/channels/:id/emoji/:name', handle(async (request, response) => {
    const { channel } = await ownChannel(plugin, request, response)
    if (isName(param(request, 'name'))) await plugin.emoji.remove(channel.id, param(request, 'name'))
    return told(plugin, channel)
  }))
  router.get('/emoji/:id/:file', handle(async (request, response) => {
    const file = await plugin.emoji.file(Number(param(request, 'id')) || 0, param(request, 'file'))
    if (!file) throw new Denied(404, 'There is no such picture.')
    // The name holds the hash of the bytes.
    response.set({ 'Content-Type': file.type, 'Cache-Control': 'public, max-age=31536000, immutable', 'X-Content-Type-Options': 'nosniff' })
    response.end(file.bytes)
  }))
}

async function told(plugin: Plugin, channel: Channel): Promise<ChannelAnswer> {
  return {
    id: channel.id,
    name: channel.name,
    options: await plugin.channels.of(channel.id),
    emoji: await emojiOf(plugin, channel.id),
  }
}

/** The addresses of a channel's pictures, by name. Without the plugin's version: messages outlive it in pages that are open. */
export async function emojiOf(plugin: Plugin, channel: number): Promise<Record<string, string>> {
  const files = await plugin.emoji.of(channel)
  return Object.fromEntries([...files].map(([name, file]) => [name, `${plugin.origin}${plugin.router}emoji/${String(channel)}/${file}`]))
}

async function set(plugin: Plugin, channel: Channel, offered: unknown): Promise<void> {
  const before = await plugin.channels.of(channel.id)
  const { options, wrong } = readOptions(offered, before)
  const known = await plugin.videos.accounts(options.moderators)
  const unknown = options.moderators.filter((name) => !known.has(name))
  if (wrong.length > 0 || unknown.length > 0) throw new Denied(400, 'Some of this cannot be used.', { wrong, unknown })
  await plugin.channels.keep(channel.id, options)
  await plugin.whenRunning(() => plugin.rooms.applyOptions(channel, before, options))
}
