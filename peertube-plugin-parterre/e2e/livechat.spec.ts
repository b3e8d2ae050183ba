// Moving over from peertube-plugin-livechat: what it has kept in PeerTube's database and in its directory is ours without a click,
// or with one.

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { test, expect, LIVE, type Host } from './base'

const OLD = '77777777-2222-4333-8444-555555555555'
const at = (path: string): string => `/plugins/parterre/router/${path}`

const row = (storage: Record<string, unknown>, settings: Record<string, unknown> | null = null, enabled = false) => ({ storage, settings, enabled })

/** A room as Prosody keeps it, and what the plugin keeps of a channel. */
function fill(host: Host): void {
  const write = (path: string, content: string | Buffer): void => {
    mkdirSync(dirname(join(host.livechat, path)), { recursive: true })
    writeFileSync(join(host.livechat, path), content)
  }
  write(`prosody/data/room%2elocalhost/config/${OLD}.dat`, `return {
    ["_jid"] = "${OLD}@room.localhost";
    ["_data"] = { ["name"] = "The evening of old"; ["persistent"] = true; ["slow_mode_duration"] = 3; };
    ["_affiliations"] = { ["marguerite@localhost"] = "owner"; };
  };\n`)
  write('channelConfigurationOptions/7.json', JSON.stringify({ slowMode: { duration: 12 }, terms: 'Be kind', bot: { forbiddenWords: [{ entries: ['fie'] }] } }))
  write('emojis/channel/7/definition.json', JSON.stringify({ customEmojis: [{ sn: ':rose:', url: '/plugins/livechat/router/emojis/channel/7/files/3.gif' }] }))
  write('emojis/channel/7/files/3.gif', Buffer.from('R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==', 'base64'))
}

test('what streamers chose there holds here, until they choose anew', async ({ host }) => {
  await host.post('/host/video', { uuid: OLD, name: 'A live of before' })
  expect((await host.config(undefined, OLD))['active']).toBe(false)
  // The plugin knows a video by its number.
  await host.post('/host/livechat', row({ 'livechat-active-2': true }))
  await host.stop()
  await host.start()
  await host.post('/host/video', { uuid: OLD, name: 'A live of before' })
  expect((await host.config(undefined, OLD))['active']).toBe(true)
  const choose = (value: boolean) => host.post('/host/hook', { target: 'action:api.video.updated', params: { video: { uuid: OLD }, body: { pluginData: { 'livechat-active': value } } } })
  await choose(false)
  expect((await host.config(undefined, OLD))['active']).toBe(false)
})

test('its settings are taken over once, where ours were never saved', async ({ host }) => {
  expect(await host.config()).toMatchObject({ autoOpen: true, name: LIVE })
  await host.post('/host/livechat', row({}, { 'chat-auto-display': false, 'prosody-room-type': 'channel', 'chat-share-url': 'aliens', 'prosody-port': '52800' }))
  await host.stop()
  await host.start()
  expect(await host.config()).toMatchObject({ autoOpen: false, name: 'channel.7' })
  expect(host.log.join('')).toContain('Settings taken over from peertube-plugin-livechat: prosody-room-type, chat-auto-display.')
  // Ours are saved now: another change there is none here.
  await host.post('/host/livechat', row({}, { 'chat-auto-display': true }))
  await host.stop()
  await host.start()
  expect(await host.config()).toMatchObject({ autoOpen: false })
})

test('an administrator takes its rooms over with a button, and does it again', async ({ host, open }) => {
  expect(await host.ask('GET', at('take-over'), 'root')).toMatchObject({ there: false })
  fill(host)
  await host.post('/host/livechat', row({}, null, true))
  const root = await open('/p/parterre/rooms', 'root')
  await expect(root.page.getByText('That plugin is still switched on.')).toBeVisible()
  await root.page.getByRole('button', { name: 'Take over the rooms' }).click()
  await expect(root.page.getByText('Rooms were taken over.')).toBeVisible({ timeout: 30_000 })
  await expect(root.page.getByText('channel 7: 1 forbidden word')).toBeVisible()
  await host.up()
  await root.page.getByRole('button', { name: 'Look again' }).click()
  await expect(root.page.getByRole('rowheader', { name: 'The evening of old' })).toBeVisible()
  expect(await host.ask('GET', at('channels/7'), 'marguerite')).toMatchObject({
    options: { slowMode: 12, welcome: 'Be kind' },
    emoji: { rose: expect.stringMatching(/\/emoji\/7\/rose\.[0-9a-f]{16}\.gif$/) as unknown },
  })
  // What was set here since stays.
  await host.ask('PUT', at('channels/7'), 'marguerite', { slowMode: 0 })
  await host.ask('POST', at('take-over'), 'root')
  await expect(async () => expect(await host.ask('GET', at('take-over'), 'root')).toMatchObject({ state: 'done' })).toPass({ timeout: 30_000 })
  expect(await host.ask('GET', at('channels/7'), 'marguerite')).toMatchObject({ options: { slowMode: 0 } })
})

test('a room that is taken over is closed with its video, before anybody has asked for it', async ({ host, open }) => {
  fill(host)
  await host.post('/host/video', { uuid: OLD, name: 'A private evening', privacy: 3 })
  await host.ask('POST', at('take-over'), 'root')
  await expect(async () => expect(await host.ask('GET', at('take-over'), 'root')).toMatchObject({ state: 'done' })).toPass({ timeout: 30_000 })
  await host.up()
  const guest = await open()
  await guest.sneakInto(OLD)
  await guest.isKeptOut()
})

test('what does not work is said, and the chat goes on', async ({ host }) => {
  mkdirSync(join(host.livechat, 'prosody/data'), { recursive: true })
  await host.ask('POST', at('take-over'), 'root')
  await expect(async () => expect(await host.ask('GET', at('take-over'), 'root')).toMatchObject({ state: 'failed', fault: expect.stringContaining('no rooms') })).toPass({ timeout: 30_000 })
  await host.up()
})

test('nobody but administrators takes over', async ({ host }) => {
  fill(host)
  for (const user of [undefined, 'bob', 'marguerite']) {
    expect(await host.status('GET', at('take-over'), user)).toBeGreaterThanOrEqual(401)
    expect(await host.status('POST', at('take-over'), user)).toBeGreaterThanOrEqual(401)
  }
})
