// The plugin's own routes: what the pages in the browser ask. Enters: requests with PeerTube's session. Leaves: JSON, tokens,
// and pages with a chat in them. What changes something asks for PeerTube's bearer token, which no other site can send.

import type { Request, Response, Router } from 'express'

import type { ActiveChat, ChatAnswer, DockAnswer, Ping, RoomAnswer, Share } from '../shared/answers'
import { admin, Denied, handler, maySet, param, staff, user } from './access'
import { isClosed, maySee, mayShare, roleIn } from './activation'
import { emojiOf, routeChannels } from './channel-routes'
import type { Plugin } from './plugin'
import { forwardedFor, trustOf } from './hops'
import { fromLivechat, page, send, sendLater, type Kind } from './pages'
import { personOf, type User } from './people'
import { pass } from './proxy'
import type { Subject } from './rooms'
import { sign } from './tokens'

export function route(router: Router, plugin: Plugin): void {
  const handle = handler(plugin)
  router.use((request, _response, next) => {
    plugin.trust ??= trustOf(request)
    next()
  })
  router.get('/ping', handle((request) => Promise.resolve(ping(request))))
  router.get('/config/:name', handle((request, response) => config(plugin, request, response)))
  router.get('/token/:name', handle((request, response) => token(plugin, request, response)))
  router.post('/role/:name', handle((request, response) => takeRole(plugin, request, response)))
  router.get('/rooms', handle((request, response) => rooms(plugin, request, response)))
  router.get('/diagnosis', handle(async (request, response) => plugin.diagnose((await staff(plugin, request, response)).viewer)))
  router.post('/restart', handle(async (request, response) => {
    await staff(plugin, request, response)
    await plugin.child.restart()
  }))
  router.get('/take-over', handle(async (request, response) => {
    await admin(plugin, request, response)
    return plugin.takeOver.answer()
  }))
  router.post('/take-over', handle(async (request, response) => {
    await admin(plugin, request, response)
    if (!(await plugin.takeOver.answer()).there) throw new Denied(404, 'There is nothing of peertube-plugin-livechat here.')
    if (!plugin.takeOver.begin()) throw new Denied(409, 'It is under way.')
    return plugin.takeOver.answer()
  }))
  routeChannels(router, plugin)
  router.get('/docks', handle(async (request, response) => plugin.docks.list((await user(plugin, request, response)).viewer.id)))
  router.post('/docks', handle((request, response) => addDock(plugin, request, response)))
  router.delete('/docks/:id', handle(async (request, response) => plugin.docks.remove((await user(plugin, request, response)).viewer.id, param(request, 'id'))))
  router.post('/dock-token/:name', handle((request) => dockToken(plugin, request)))
  for (const kind of ['embed', 'overlay', 'dock'] as const) {
    router.get(`/${kind}/:name`, handle((request, response) => ownPage(plugin, kind, request, response)))
  }
  router.get('/webchat/room/:name', (request, response) => response.redirect(301, fromLivechat(param(request, 'name'), request.query)))
  router.use('/http-bind', (request, response) => pass(request, response, plugin.socket, '/http-bind', forwardedFor(request, plugin.trust)))
}

function ping(request: Request): Ping {
  return { address: request.ip ?? '', forwarded: request.headers['x-forwarded-for'] !== undefined, now: Date.now() }
}

interface Visit {
  readonly subject: Subject
  readonly user: User | undefined
  readonly role: 'owner' | 'admin' | undefined
}

/** Finds what the name stands for and whether the caller may see it; the room is there afterwards. */
async function visit(plugin: Plugin, name: string, found: User | undefined): Promise<Visit | 'off' | 'login' | 'unknown' | 'down'> {
  const subject = await plugin.rooms.find(name)
  if (!subject) return 'unknown'
  if (!subject.active) return 'off'
  const role = roleIn(subject.channel, await plugin.videos.editors(subject.channel.id), found?.viewer)
  if (subject.video && !maySee(subject.video, role, found?.viewer)) {
    // Perhaps nobody has told that it is not for everybody any more; those who are inside leave.
    if (plugin.child.state.is === 'running') await plugin.rooms.keepUp(subject)
    return found ? 'unknown' : 'login'
  }
  if (plugin.settings.accountsOnly && !found) return 'login'
  if (plugin.child.state.is !== 'running') return 'down'
  await plugin.rooms.ensure(subject)
  return { subject, user: found, role }
}

async function config(plugin: Plugin, request: Request, response: Response): Promise<ChatAnswer> {
  const found = await plugin.people.ofRequest(request, response)
  const visited = await visit(plugin, param(request, 'name'), found)
  return typeof visited === 'string' ? { active: false, why: visited } : answer(plugin, visited)
}

async function answer(plugin: Plugin, { subject, user: found, role }: Visit): Promise<ActiveChat> {
  const { settings } = plugin
  const jid = found && plugin.rooms.account(found.viewer.account)
  const isStaff = found?.viewer.staff === true && role !== 'owner'
  const mayTakeRole = isStaff && !(await plugin.api.affiliations(subject.room)).some((one) => one.jid === jid && one.affiliation === 'owner')
  return {
    active: true,
    name: subject.room,
    room: plugin.rooms.jid(subject.room),
    title: subject.title,
    server: plugin.webSocket,
    accounts: plugin.domain,
    domain: settings.accountsOnly ? '' : `anon.${plugin.domain}`,
    script: plugin.files.chat,
    autoOpen: settings.autoOpen,
    ownPage: settings.ownPage ? ownPageOf(plugin, subject.room) : undefined,
    themeColours: settings.themeColours,
    chosenByPeople: settings.perLive,
    share: mayShare(settings, role, found?.viewer) ? share(plugin, subject.room, found) : undefined,
    mayTakeRole,
    emoji: await emojiOf(plugin, subject.channel.id),
    settings: (await maySet(plugin, subject.channel, found)) ? `${plugin.origin}/p/parterre/channel?id=${String(subject.channel.id)}` : undefined,
  }
}

const ownPageOf = (plugin: Plugin, room: string): string => `${plugin.origin}/p/parterre/room?room=${encodeURIComponent(room)}`

function share(plugin: Plugin, room: string, found: User | undefined): Share {
  const at = (kind: Kind): string => `${plugin.origin}${plugin.router}${kind}/${encodeURIComponent(room)}`
  return { page: ownPageOf(plugin, room), embed: at('embed'), overlay: at('overlay'), dock: found && plugin.settings.docks ? at('dock') : undefined }
}

async function token(plugin: Plugin, request: Request, response: Response): Promise<{ token: string | undefined }> {
  const found = await plugin.people.ofRequest(request, response)
  return { token: found && (await signFor(plugin, param(request, 'name'), found)).token }
}

async function signFor(plugin: Plugin, name: string, found: User): Promise<{ token: string; subject: Subject }> {
  const visited = await visit(plugin, name, found)
  if (visited === 'down') throw new Denied(503, 'The chat is not running just now.')
  if (typeof visited === 'string') throw new Denied(404, 'There is no such chat for you.')
  const { subject, role } = visited
  const closed = subject.video !== undefined && isClosed(subject.video)
  const named = (await plugin.channels.of(subject.channel.id)).moderators.includes(found.viewer.account.toLowerCase())
  const affiliation = role ?? (named ? 'admin' : closed ? 'member' : undefined)
  const person = personOf(found, affiliation ? { [subject.room]: affiliation } : {})
  return { token: sign(person, plugin.domain, plugin.tokenSecret, Date.now() / 1000), subject }
}

async function takeRole(plugin: Plugin, request: Request, response: Response): Promise<void> {
  const found = await staff(plugin, request, response)
  const subject = await plugin.rooms.find(param(request, 'name'))
  if (!subject) throw new Denied(404, 'There is no such chat.')
  await plugin.rooms.ensure(subject)
  await plugin.api.affiliate(subject.room, plugin.rooms.account(found.viewer.account), 'owner')
  plugin.log.info(`${found.viewer.account} took the role of an owner in the room ${subject.room}.`)
}

async function rooms(plugin: Plugin, request: Request, response: Response): Promise<RoomAnswer[]> {
  await staff(plugin, request, response)
  const [all, lives] = await Promise.all([plugin.api.rooms(), plugin.videos.lives()])
  const channels = await plugin.videos.channelsOfRooms(all.map(({ name }) => name))
  return all.filter((room) => room.name !== plugin.trialRoom).map((room) => ({
    name: room.name,
    title: room.title,
    occupants: room.occupants,
    lastActivity: room.last_activity ?? undefined,
    live: lives.has(room.name),
    watch: room.name.startsWith('channel.') ? undefined : `/w/${room.name}`,
    chat: ownPageOf(plugin, room.name),
    channel: channels.get(room.name),
  }))
}

async function addDock(plugin: Plugin, request: Request, response: Response): Promise<unknown> {
  const found = await user(plugin, request, response)
  if (!plugin.settings.docks) throw new Denied(403, 'Docks are switched off here.')
  const label: unknown = (request.body as { label?: unknown } | undefined)?.label
  const made = await plugin.docks.add(found.viewer.id, typeof label === 'string' && label ? label : 'OBS')
  if (!made) throw new Denied(409, 'You have too many docks. Revoke one first.')
  return { ...made.kept, token: made.token }
}

async function dockToken(plugin: Plugin, request: Request): Promise<DockAnswer> {
  const given: unknown = (request.body as { token?: unknown } | undefined)?.token
  const id = typeof given === 'string' && plugin.settings.docks ? await plugin.docks.userOf(given) : undefined
  const found = id === undefined ? undefined : await plugin.people.byId(id)
  if (!found) throw new Denied(403, 'This dock was revoked.')
  const { token, subject } = await signFor(plugin, param(request, 'name'), found)
  return { token, emoji: await emojiOf(plugin, subject.channel.id) }
}

async function ownPage(plugin: Plugin, kind: Kind, request: Request, response: Response): Promise<void> {
  const chat = await (kind === 'dock' ? dock : framed)(plugin, param(request, 'name'))
  if (chat === 'down') {
    sendLater(response)
    return
  }
  if (!chat) throw new Denied(404, 'There is no such chat, or it is not for everybody.')
  const language = request.acceptsLanguages()[0] ?? 'en'
  send(response, page(kind, chat, plugin.files, language === '*' ? 'en' : language), plugin.origin)
}

async function framed(plugin: Plugin, name: string): Promise<ActiveChat | 'down' | undefined> {
  const visited = await visit(plugin, name, undefined)
  if (visited === 'down') return visited
  return typeof visited === 'string' ? undefined : answer(plugin, visited)
}

/** Who a dock is for shows only by its token, and so what it may see: its page says nothing of the video. */
async function dock(plugin: Plugin, name: string): Promise<ActiveChat | undefined> {
  const subject = await plugin.rooms.find(name)
  if (!subject?.active) return undefined
  return { ...(await answer(plugin, { subject, user: undefined, role: undefined })), title: 'Chat', emoji: {} }
}
