// The rooms of videos and channels: made when somebody first wants in, named as PeerTube names them, changed and ended with
// them. Enters: names and what PeerTube says of them. Leaves: orders to the program's API, each repeated safely.

import type { Api, Fields } from './api'
import { Refused } from './api'
import { hasEnded, isActive, isClosed, roomOf } from './activation'
import type { Settings } from './settings'
import { parseRoom, type Channel, type Video, type Videos } from './videos'

/** What PeerTube keeps for the plugin. */
export interface Storage {
  getData(key: string): Promise<unknown>
  storeData(key: string, data: unknown): Promise<unknown>
}

export interface Subject {
  readonly video: Video | undefined
  readonly channel: Channel
  readonly room: string
  readonly title: string
  readonly active: boolean
  readonly ended: boolean
}

export class Rooms {
  #known = new Set<string>()

  constructor(
    private readonly api: Api,
    private readonly videos: Videos,
    private readonly storage: Storage,
    private readonly settings: () => Settings,
    readonly domain: string,
  ) {}

  /** The program has started anew: nothing is known of its rooms. */
  forget(): void {
    this.#known.clear()
  }

  jid(room: string): string {
    return `${room}@room.${this.domain}`
  }

  account(name: string): string {
    return `${name.toLowerCase()}@${this.domain}`
  }

  /** What the streamer chose for the video. */
  async chosen(uuid: string): Promise<boolean | undefined> {
    const value = await this.storage.getData(`livechat-active-${uuid}`)
    return value === undefined || value === null ? undefined : value === true || value === 'true'
  }

  async choose(uuid: string, active: boolean): Promise<void> {
    await this.storage.storeData(`livechat-active-${uuid}`, active)
  }

  /** Everything about a name: of a video (its room may be the channel's) or of a room. */
  async find(name: string): Promise<Subject | undefined> {
    const parsed = parseRoom(name)
    if (!parsed) return undefined
    const settings = this.settings()
    const video = 'video' in parsed ? await this.videos.video(parsed.video) : undefined
    if ('video' in parsed && !video) return undefined
    const channel = await this.videos.channel(video ? video.channelId : (parsed as { channel: number }).channel)
    if (!channel) return undefined
    const chosen = video && (await this.chosen(video.uuid))
    const room = video ? roomOf(video, settings) : name
    return {
      video,
      channel,
      room,
      title: room.startsWith('channel.') ? channel.name : (video?.name ?? ''),
      active: video ? isActive(video, chosen, settings) : settings.roomType === 'channel' && channel.owner !== null,
      ended: video ? hasEnded(video, chosen) : false,
    }
  }

  /** Makes the room if it is not there. */
  async ensure(subject: Subject): Promise<void> {
    if (this.#known.has(subject.room)) return
    const settings = this.settings()
    const made = await this.api.create(subject.room, {
      ...this.#fields(subject),
      'muc#roomconfig_mute_anonymous': settings.muteAnonymous,
      'muc#roomconfig_slow_mode_duration': settings.slowMode,
    })
    if (made && subject.channel.owner) await this.api.affiliate(subject.room, this.account(subject.channel.owner), 'owner')
    this.#known.add(subject.room)
  }

  /** PeerTube has changed the video: its room follows. */
  async follow(uuid: string): Promise<void> {
    const subject = await this.find(uuid)
    if (!subject) return
    await this.#try(() => this.api.configure(subject.room, this.#fields(subject)))
  }

  /** The channel has another name or owner. */
  async followChannel(id: number): Promise<void> {
    const subject = await this.find(`channel.${String(id)}`)
    if (!subject) return
    await this.#try(() => this.api.configure(subject.room, { 'muc#roomconfig_roomname': subject.title }))
  }

  /** What the room stands for is gone, and so is the room. */
  async destroy(room: string): Promise<void> {
    this.#known.delete(room)
    await this.#try(() => this.api.destroy(room, 'The video was removed.'))
  }

  /**
   * Somebody is not to be here any more: they are banned, and so put out, wherever anybody is; then their connections end, and
   * the tokens that they have are taken no more. Without PeerTube's word they get no new one.
   */
  async banish(account: string): Promise<void> {
    const rooms = (await this.api.rooms()).filter((room) => room.occupants > 0).map((room) => room.name)
    await this.storage.storeData(`banished-${account}`, rooms)
    for (const room of rooms) await this.#try(() => this.api.affiliate(room, this.account(account), 'outcast'))
    await this.#try(() => this.api.disconnect(this.account(account)))
  }

  /** They may be here again, as what PeerTube says that they are. */
  async recall(account: string): Promise<void> {
    const rooms = (await this.storage.getData(`banished-${account}`)) ?? []
    if (!Array.isArray(rooms)) return
    for (const room of rooms as string[]) {
      const owner = (await this.find(room))?.channel.owner
      await this.#try(() => this.api.affiliate(room, this.account(account), owner === account ? 'owner' : 'none'))
    }
    await this.storage.storeData(`banished-${account}`, [])
  }

  #fields(subject: Subject): Fields {
    const readOnly = subject.ended && this.settings().afterLive === 'readonly' && !subject.room.startsWith('channel.')
    return {
      'muc#roomconfig_roomname': subject.title,
      'muc#roomconfig_persistentroom': true,
      'muc#roomconfig_publicroom': false,
      'muc#roomconfig_membersonly': subject.video ? isClosed(subject.video) : false,
      'muc#roomconfig_moderatedroom': readOnly,
      ...(subject.video?.language ? { 'muc#roomconfig_lang': subject.video.language } : {}),
    }
  }

  /** A room that is not there needs nothing. */
  async #try(order: () => Promise<unknown>): Promise<void> {
    try {
      await order()
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 404) throw error
    }
  }
}
