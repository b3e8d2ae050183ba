// What PeerTube tells the plugin, and who may do what.

import { test, expect, LIVE } from './base'

const SECOND = '99999999-2222-4333-8444-555555555555'
const at = (path: string): string => `/plugins/parterre/router/${path}`

test('a user whom PeerTube blocks is put out, and gets no token any more', async ({ host, open }) => {
  const bob = await open(`/w/${LIVE}`, 'bob')
  await bob.say('Hello')
  const params = await host.post('/host/block', { username: 'bob', blocked: true })
  await host.post('/host/hook', { target: 'action:api.user.blocked', params })
  await expect(bob.field).toBeHidden()
  expect(await host.ask('GET', at(`token/${LIVE}`), 'bob')).toEqual({})
})

test('a user whose name has a dot is blocked and unblocked, and writes again', async ({ host, open }) => {
  const tell = async (blocked: boolean) => {
    const params = await host.post('/host/block', { username: 'ann.lee', blocked })
    await host.post('/host/hook', { target: `action:api.user.${blocked ? 'blocked' : 'unblocked'}`, params })
  }
  const ann = await open(`/w/${LIVE}`, 'ann.lee')
  await ann.say('Hello')
  await tell(true)
  await expect(ann.field).toBeHidden()
  await tell(false)
  await expect(async () => {
    await ann.page.reload()
    await expect(ann.page.getByPlaceholder('Write as Ann Lee')).toBeVisible({ timeout: 3000 })
  }).toPass()
  await ann.say('Here again')
})

test('nobody but staff sees the rooms, and staff owns none until it takes the role', async ({ host }) => {
  await host.config()
  expect((await host.ask('GET', at('rooms'), 'bob')) as object).toHaveProperty('error')
  expect((await host.ask('GET', at('rooms'))) as object).toHaveProperty('error')
  expect(await host.ask('GET', at('rooms'), 'root')).toMatchObject([{ name: LIVE, title: 'A walk through the garden', live: true }])
  expect((await host.config('root'))['mayTakeRole']).toBe(true)
  expect((await host.ask('POST', at(`role/${LIVE}`), 'bob')) as object).toHaveProperty('error')
  await host.ask('POST', at(`role/${LIVE}`), 'root')
  expect((await host.config('root'))['mayTakeRole']).toBe(false)
})

test('rooms follow their videos', async ({ host }) => {
  await host.config()
  await host.post('/host/video', { uuid: LIVE, name: 'A walk by the sea' })
  await host.post('/host/hook', { target: 'action:api.video.updated', params: { video: { uuid: LIVE }, body: {} } })
  expect(await host.ask('GET', at('rooms'), 'root')).toMatchObject([{ title: 'A walk by the sea' }])
  await host.post('/host/hook', { target: 'action:api.video.deleted', params: { video: { uuid: LIVE } } })
  expect(await host.ask('GET', at('rooms'), 'root')).toEqual([])
})

test('rooms follow their channels, of whose change PeerTube tells before its database does', async ({ host }) => {
  await host.post('/host/settings', { 'prosody-room-type': 'channel' })
  await host.config()
  await host.post('/host/hook', { target: 'action:api.video-channel.updated', params: { videoChannel: { id: 7, name: 'Sea talk' } } })
  expect(await host.ask('GET', at('rooms'), 'root')).toContainEqual(expect.objectContaining({ name: 'channel.7', title: 'Sea talk' }))
})

test('rooms go with the videos of a channel or a user that is removed', async ({ host }) => {
  await host.post('/host/video', { uuid: SECOND, name: 'Another' })
  await host.post('/host/hook', { target: 'action:api.live-video.created', params: { video: { uuid: SECOND } } })
  for (const room of [LIVE, SECOND]) await host.config(undefined, room)
  const names = async () => ((await host.ask('GET', at('rooms'), 'root')) as { name: string }[]).map(({ name }) => name)
  expect(await names()).toEqual([LIVE, SECOND])
  await host.post('/host/video/remove', { uuid: SECOND })
  await host.post('/host/hook', { target: 'action:api.video-channel.deleted', params: { videoChannel: { id: 8, name: 'Gone' } } })
  await expect(async () => expect(await names()).toEqual([LIVE])).toPass()
  await host.post('/host/video/remove', { uuid: LIVE })
  await host.post('/host/hook', { target: 'action:api.user.deleted', params: { user: { id: 2, username: 'marguerite' } } })
  await expect(async () => expect(await names()).toEqual([])).toPass()
})

test('the checkbox of the form decides, and settings hold at once', async ({ host }) => {
  const save = (value: boolean) => host.post('/host/hook', { target: 'action:api.video.updated', params: { video: { uuid: LIVE }, body: { pluginData: { 'livechat-active': value } } } })
  await save(false)
  expect(await host.config()).toEqual({ active: false, why: 'off' })
  const { result } = (await host.post('/host/hook', { target: 'filter:api.video.get.result', params: { id: 1, uuid: LIVE } })) as { result: unknown }
  expect(result).toMatchObject({ pluginData: { 'livechat-active': false } })
  await host.post('/host/settings', { 'chat-all-lives': true })
  expect((await host.config())['active']).toBe(true)
  await host.post('/host/settings', { 'prosody-room-type': 'channel' })
  expect(await host.config()).toMatchObject({ name: 'channel.7', title: 'Garden talk' })
})

test('PeerTube’s form decides nothing where it does not show the checkbox, though it sends it', async ({ host }) => {
  await host.post('/host/video', { uuid: SECOND, name: 'A recording', isLive: false })
  await host.post('/host/hook', { target: 'action:api.video.updated', params: { video: { uuid: SECOND }, body: { pluginData: { 'livechat-active': 'true' } } } })
  expect(await host.config(undefined, SECOND)).toEqual({ active: false, why: 'off' })
  await host.post('/host/hook', { target: 'action:api.video.updated', params: { video: { uuid: SECOND }, body: { pluginData: { 'livechat-active': 'false' } } } })
  await host.post('/host/settings', { 'chat-all-non-lives': true })
  expect((await host.config(undefined, SECOND))['active']).toBe(true)
})

test('what a streamer chose is told to the form also while the settings do not ask for it', async ({ host }) => {
  await host.post('/host/settings', { 'chat-per-live-video': false, 'chat-all-lives': true })
  const { result } = (await host.post('/host/hook', { target: 'filter:api.video.get.result', params: { id: 1, uuid: LIVE } })) as { result: unknown }
  expect(result).toMatchObject({ pluginData: { 'livechat-active': true } })
})

test('private videos have private chats', async ({ host }) => {
  await host.post('/host/video', { uuid: SECOND, name: 'Hidden', privacy: 3 })
  await host.post('/host/hook', { target: 'action:api.live-video.created', params: { video: { uuid: SECOND } } })
  expect(await host.config(undefined, SECOND)).toEqual({ active: false, why: 'login' })
  expect(await host.config('bob', SECOND)).toEqual({ active: false, why: 'unknown' })
  expect((await host.config('marguerite', SECOND))['active']).toBe(true)
})

test('a password of a video is no way into its chat, which is like that of a private one', async ({ host }) => {
  await host.post('/host/video', { uuid: SECOND, name: 'With a password', privacy: 5 })
  await host.post('/host/hook', { target: 'action:api.live-video.created', params: { video: { uuid: SECOND } } })
  expect(await host.config('bob', SECOND)).toEqual({ active: false, why: 'unknown' })
  expect(await host.status('GET', at(`token/${SECOND}`), 'bob')).toBe(404)
  for (const user of ['marguerite', 'root']) expect((await host.config(user, SECOND))['active']).toBe(true)
})

test('a dock writes under its owner’s name until it is revoked', async ({ host, open }) => {
  const made = (await host.ask('POST', at('docks'), 'marguerite', { label: 'OBS' })) as { id: string; token: string }
  const dock = await open(`${at(`dock/${LIVE}`)}#${made.token}`)
  const guest = await open()
  await dock.say('From the studio')
  await guest.sees('From the studio')
  await expect(guest.row('From the studio')).toContainText('Marguerite D.')
  await host.ask('DELETE', at(`docks/${made.id}`), 'marguerite')
  expect((await host.ask('POST', at(`dock-token/${LIVE}`), undefined, { token: made.token })) as object).toHaveProperty('error')
})
