// The rooms of videos and channels: made when somebody first wants in, named as PeerTube names them, changed and ended with
// them. Enters: names and what PeerTube says of them. Leaves: orders to the program's API, each repeated safely.
//
// PeerTube does not tell of all that it changes (a publication at a set time, a video that is blocked or handed to somebody else), and
// what it tells while the program is down is not heard. So a room is compared with its video at each visit, too.

import type { ChannelOptions } from '../shared/answers'
import { ifThere, type Api, type Fields } from './api'
import { hasEnded, isActive, isClosed, roomOf } from './activation'
import { fieldsOf, type Channels } from './channels'
import type { Livechat } from './livechat'
import { appointments, untold, type Notes, type Staff } from './notes'
import type { Settings } from './settings'
import type { Storage } from './storage'
import { Turns } from './turns'
import { parseRoom, type Channel, type Video, type Videos } from './videos'

export interface Subject {
  readonly video: Video | undefined
  readonly channel: Channel
  readonly room: string
  readonly title: string
  readonly active: boolean
  readonly ended: boolean
}

export class Rooms {
  /** Since the program started: what each room is like, in one text, and whether it is known to be there. */
  readonly #known = new Map<string, { readonly as: string; readonly there: boolean }>()
  readonly #turns = new Turns()

  constructor(
    private readonly api: Api,
    private readonly videos: Videos,
    private readonly storage: Storage,
    private readonly channels: Channels,
    private readonly livechat: Pick<Livechat, 'choice'>,
    private readonly notes: Notes,
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
  ensure(subject: Subject): Promise<void> {
    return this.#agree(subject, true)
  }

  /** The room is as PeerTube has it now, if it is there. */
  keepUp(subject: Subject): Promise<void> {
    return this.#agree(subject, false)
  }

  /** PeerTube has changed the video: its room follows. */
  async follow(uuid: string): Promise<void> {
    const subject = await this.find(uuid)
    if (subject) await this.keepUp(subject)
  }

  /** The rooms of videos that are not for everybody are closed, whenever that became so; those rooms may have come from elsewhere. */
  async close(): Promise<void> {
    const rooms = (await this.api.rooms()).map(({ name }) => parseRoom(name))
    const videos = rooms.flatMap((of) => (of && 'video' in of ? [of.video] : []))
    for (const uuid of await this.videos.closed(videos)) await this.follow(uuid)
  }

  /**
   * The owner of a channel has set its options: all of its rooms follow at once, whatever was set in them. A subject that somebody set in a room stays while the channel's welcome is empty and was so before.
   */
  async applyOptions(channel: Channel, before: ChannelOptions, options: ChannelOptions): Promise<void> {
    const names = new Set([`channel.${String(channel.id)}`, ...(await this.videos.videosOf(channel.id))])
    const rooms = (await this.api.rooms()).filter((room) => names.has(room.name))
    const staff = staffOf(channel, options)
    for (const { name: room } of rooms) {
      await this.#turns.take(room, async () => {
        await this.#try(() => this.api.configure(room, fieldsOf(options, this.settings())))
        if (options.welcome || before.welcome) await this.#try(() => this.api.subject(room, options.welcome))
        const note = await this.notes.of(room)
        // Who is named still is appointed again: what was taken from them in a room holds until now.
        const gone = new Map([...note.staff].filter(([name]) => !staff.has(name)))
        if (await this.#try(() => this.#appoint(room, gone, staff))) await this.notes.keep(room, { ...note, staff })
      })
    }
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
  destroy(room: string): Promise<void> {
    return this.#turns.take(room, async () => {
      this.#known.delete(room)
      await this.#try(() => this.api.destroy(room, 'The video was removed.'))
      await this.notes.forget(room)
    })
  }

  async #agree(subject: Subject, make: boolean): Promise<void> {
    if (this.#agrees(subject, make)) return
    await this.#turns.take(subject.room, async () => {
      if (this.#agrees(subject, make)) return
      // Asked anew in its turn: what was read before may be older than what the room was told meanwhile.
      const now = await this.find(subject.video?.uuid ?? subject.room)
      if (now?.room !== subject.room || this.#agrees(now, make)) return
      const there = await this.#tell(now, make)
      this.#known.set(now.room, { as: this.#as(now), there })
    })
  }

  #agrees(subject: Subject, make: boolean): boolean {
    const known = this.#known.get(subject.room)
    return known?.as === this.#as(subject) && (known.there || !make)
  }

  #as(subject: Subject): string {
    return JSON.stringify([this.#fields(subject), subject.channel.id, subject.channel.owner])
  }

  /** Tells the room what it has not been told yet. Gives whether it is there, as far as that shows. */
  async #tell(subject: Subject, make: boolean): Promise<boolean> {
    const { room } = subject
    const fields = this.#fields(subject)
    const options = await this.channels.of(subject.channel.id)
    const staff = staffOf(subject.channel, options)
    const made = make && (await this.api.create(room, { ...fields, ...fieldsOf(options, this.settings()) }))
    if (made && options.welcome) await this.api.subject(room, options.welcome)
    const note = made ? { fields, staff: new Map() } : await this.notes.of(room)
    const change = untold(fields, note.fields)
    const isNews = Object.keys(change).length > 0
    if (isNews && !(await this.#try(() => this.api.configure(room, change)))) return false
    if (!(await this.#try(() => this.#appoint(room, note.staff, staff)))) return false
    await this.notes.keep(room, { fields: { ...note.fields, ...fields }, staff })
    return make || isNews
  }

  async #appoint(room: string, told: Staff, staff: Staff): Promise<void> {
    const held = new Map((await this.api.affiliations(room)).map(({ jid, affiliation }) => [jid, affiliation]))
    const changes = appointments(told, staff, (name) => held.get(this.account(name)) ?? 'none')
    for (const [name, affiliation] of changes) await this.api.affiliate(room, this.account(name), affiliation)
  }

  /** A channel's room is of all its videos, and what one of them is like says nothing of it. */
  #fields({ room, title, video, ended }: Subject): Fields {
    const own = room.startsWith('channel.') ? undefined : video
    return {
      'muc#roomconfig_roomname': title,
      'muc#roomconfig_persistentroom': true,
      'muc#roomconfig_publicroom': false,
      'muc#roomconfig_membersonly': own !== undefined && isClosed(own),
      'muc#roomconfig_moderatedroom': own !== undefined && ended && this.settings().afterLive === 'readonly',
      ...(own?.language ? { 'muc#roomconfig_lang': own.language } : {}),
    }
  }

  /** Gives an order; false: the room is not there. */
  async #try(order: () => Promise<unknown>): Promise<boolean> {
    return (await ifThere(async () => {
      await order()
      return true
    })) === true
  }
}

/** Whom PeerTube names is in the room's lists. Editors of the channel are not: what they are stands in their tokens. */
function staffOf(channel: Channel, options: ChannelOptions): Staff {
  const moderators = options.moderators.map((name) => [name, 'admin'] as const)
  return new Map([...moderators, ...(channel.owner ? [[channel.owner.toLowerCase(), 'owner'] as const] : [])])
}
