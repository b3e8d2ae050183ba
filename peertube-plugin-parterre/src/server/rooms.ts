// The rooms of videos and channels: made when somebody first wants in, named as PeerTube names them, changed and ended with
// them. Enters: names and what PeerTube says of them. Leaves: orders to the program's API, each repeated safely.

import type { ChannelOptions } from '../shared/answers'
import type { Api, Fields } from './api'
import { Refused } from './api'
import { hasEnded, isActive, isClosed, roomOf } from './activation'
import { fieldsOf, type Channels } from './channels'
import type { Livechat } from './livechat'
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
    private readonly channels: Channels,
    private readonly livechat: Pick<Livechat, 'choice'>,
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

  /** What the streamer chose for the video; if never here, then in the plugin that this one replaces. */
  async chosen({ id, uuid }: Pick<Video, 'id' | 'uuid'>): Promise<boolean | undefined> {
    const value = await this.storage.getData(`livechat-active-${uuid}`)
    if (value !== undefined && value !== null) return value === true || value === 'true'
    const there = await this.livechat.choice(id).catch(() => undefined)
    if (there !== undefined) await this.choose(uuid, there)
    return there
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
    const chosen = video && !video.remote ? await this.chosen(video) : undefined
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
    const options = await this.channels.of(subject.channel.id)
    const made = await this.api.create(subject.room, { ...this.#fields(subject), ...fieldsOf(options, this.settings()) })
    if (made) {
      for (const name of options.moderators) await this.api.affiliate(subject.room, this.account(name), 'admin')
      if (subject.channel.owner) await this.api.affiliate(subject.room, this.account(subject.channel.owner), 'owner')
      if (options.welcome) await this.api.subject(subject.room, options.welcome)
    }
    this.#known.add(subject.room)
  }

  /**
   * The owner of a channel has set its options: all of its rooms follow at once, whatever was set in them. A subject that somebody set in a room stays while the channel's welcome is empty and was so before.
   */
  async applyOptions(channel: Channel, before: ChannelOptions, options: ChannelOptions): Promise<void> {
    const names = new Set([`channel.${String(channel.id)}`, ...(await this.videos.videosOf(channel.id))])
    const rooms = (await this.api.rooms()).filter((room) => names.has(room.name))
    for (const { name: room } of rooms) {
      await this.#try(() => this.api.configure(room, fieldsOf(options, this.settings())))
      if (options.welcome || before.welcome) await this.#try(() => this.api.subject(room, options.welcome))
      await this.#try(() => this.#appoint(room, before.moderators, options.moderators))
    }
  }

  /** Those who are named now moderate the room; those who were and are no more do not. Its owners are never touched. */
  async #appoint(room: string, before: readonly string[], now: readonly string[]): Promise<void> {
    if (before.length === 0 && now.length === 0) return
    const held = new Map((await this.api.affiliations(room)).map(({ jid, affiliation }) => [jid, affiliation]))
    for (const jid of now.map((name) => this.account(name))) {
      const affiliation = held.get(jid)
      if (affiliation !== 'owner' && affiliation !== 'admin') await this.api.affiliate(room, jid, 'admin')
    }
    for (const jid of before.filter((name) => !now.includes(name)).map((name) => this.account(name))) {
      if (held.get(jid) === 'admin') await this.api.affiliate(room, jid, 'none')
    }
  }

  /** PeerTube has changed the video: its room follows. */
  async follow(uuid: string): Promise<void> {
    const subject = await this.find(uuid)
    if (!subject) return
    await this.#try(() => this.api.configure(subject.room, this.#fields(subject)))
  }

  /** The channel is called this now. The database says so only later: PeerTube tells before it has committed. */
  async followChannel(id: number, name: string): Promise<void> {
    await this.#try(() => this.api.configure(`channel.${String(id)}`, { 'muc#roomconfig_roomname': name }))
  }

  /** Rooms whose video or channel is gone go too: PeerTube does not tell of the videos of a channel or user that it removes. */
  async clear(): Promise<void> {
    const rooms = await this.api.rooms()
    const there = await this.videos.rooms()
    for (const { name } of rooms) if (parseRoom(name) && !there.has(name)) await this.destroy(name)
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
