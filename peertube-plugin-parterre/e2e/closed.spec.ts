// Chats of videos that are not for everybody: closed when PeerTube closes the video, whether it says so or not, and open again with it.

import { test, expect, LIVE, type Host } from './base'

const SECOND = '99999999-2222-4333-8444-555555555555'
const at = (path: string): string => `/plugins/parterre/router/${path}`

const updated = (host: Host, uuid: string) => host.post('/host/hook', { target: 'action:api.video.updated', params: { video: { uuid }, body: {} } })

/** A second live of the channel, with a chat. */
async function second(host: Host, what: Record<string, unknown>): Promise<void> {
  await host.post('/host/video', { uuid: SECOND, name: 'Another', ...what })
  await host.post('/host/hook', { target: 'action:api.live-video.created', params: { video: { uuid: SECOND } } })
}

test('with a room for each channel, a private video of the channel leaves the audience of its live alone', async ({ host, open }) => {
  await host.post('/host/settings', { 'prosody-room-type': 'channel' })
  const ada = await open()
  await ada.takeName('Ada')
  await ada.say('Before')
  await second(host, { privacy: 3 })
  await updated(host, SECOND)
  await ada.say('After')
  const ben = await open()
  await ben.sees('After')
  // Its own chat is none of theirs.
  expect(await host.config('marguerite', SECOND)).toMatchObject({ active: true, name: SECOND, title: 'Another' })
  expect(await host.config(undefined, SECOND)).toEqual({ active: false, why: 'login' })
  await ben.sneakInto(SECOND)
  await ben.isKeptOut()
})

test('a video that is made private while the program is down has a closed chat when it is back', async ({ host, open }) => {
  const ada = await open()
  await ada.takeName('Ada')
  process.kill(host.program(), 'SIGKILL')
  await expect(async () => expect((await host.config())['why']).toBe('down')).toPass()
  await host.post('/host/video', { uuid: LIVE, privacy: 3 })
  await updated(host, LIVE)
  await expect(async () => expect((await host.config('marguerite'))['active']).toBe(true)).toPass({ timeout: 20_000 })
  await ada.isKeptOut()
})

test('a video that is blocked closes its chat, of which PeerTube tells nothing', async ({ host, open }) => {
  const [ada, owner] = [await open(), await open(`/w/${LIVE}`, 'marguerite')]
  await ada.takeName('Ada')
  await host.post('/host/video', { uuid: LIVE, blocked: true })
  expect(await host.config('bob')).toEqual({ active: false, why: 'unknown' })
  expect(await host.status('GET', at(`token/${LIVE}`), 'bob')).toBe(404)
  await ada.isKeptOut()
  await owner.say('Only I and the staff')
})

test('a video that is published at a set time opens its chat, of which PeerTube tells nothing', async ({ host, open }) => {
  await second(host, { privacy: 4 })
  const bob = await open(`/w/${SECOND}`, 'bob')
  await bob.say('Before it begins')
  expect(await host.config(undefined, SECOND)).toEqual({ active: false, why: 'login' })
  await host.post('/host/video', { uuid: SECOND, privacy: 1 })
  const ada = await open(`/w/${SECOND}`)
  await ada.takeName('Ada')
  await ada.say('It is for everybody')
  await bob.sees('It is for everybody')
})

test('a video that is handed to somebody else takes its chat with it', async ({ host, open }) => {
  const [guest, before] = [await open(), await open(`/w/${LIVE}`, 'marguerite')]
  await guest.takeName('Ada')
  await guest.say('Something rude')
  await expect(async () => expect(await before.mayRemove('Something rude')).toBe(true)).toPass()
  await host.post('/host/video', { uuid: LIVE, channelId: 9 })
  const after = await open(`/w/${LIVE}`, 'jean-luc')
  await after.sees('Something rude')
  await expect(after.field).toBeVisible()
  await expect(async () => expect(await after.mayRemove('Something rude')).toBe(true)).toPass()
  await before.page.reload()
  await before.sees('Something rude')
  await expect(before.field).toBeVisible()
  expect(await before.mayRemove('Something rude')).toBe(false)
})

for (const [what, settings, video] of [
  ['only people with an account come in', { 'chat-no-anonymous': true }, {}],
  ['the video is private', {}, { privacy: 3 }],
] as const) {
  test(`a dock works where ${what}, and its page tells nothing to others`, async ({ host, open }) => {
    await host.post('/host/settings', settings)
    await host.up()
    await host.post('/host/video', { uuid: LIVE, ...video })
    await updated(host, LIVE)
    const { token } = (await host.ask('POST', at('docks'), 'marguerite', { label: 'OBS' })) as { token: string }
    const dock = await open(`${at(`dock/${LIVE}`)}#${token}`)
    await dock.say('From the studio')
    const page = await (await fetch(`${host.url}${at(`dock/${LIVE}`)}`)).text()
    expect(page).not.toContain('A walk through the garden')
    expect(await host.status('GET', at(`embed/${LIVE}`))).toBe(404)
    const { token: other } = (await host.ask('POST', at('docks'), 'bob', {})) as { token: string }
    expect(await host.status('POST', at(`dock-token/${LIVE}`), undefined, { token: other })).toBe('privacy' in video ? 404 : 200)
  })
}
