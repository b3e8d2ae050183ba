// The settings of a channel's chats: who may change them, and that rooms follow at once.

import { test, expect, LIVE } from './base'

const at = (path: string): string => `/plugins/parterre/router/${path}`
const PAGE = '/p/parterre/channel'
/** A picture of one pixel. */
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

test('the owner sets slow mode and a welcome, and the room that is live obeys at once', async ({ open }) => {
  const guest = await open()
  await guest.takeName('Ada')
  await guest.say('One')
  const owner = await open(PAGE, 'marguerite')
  await expect(owner.page.getByRole('heading', { level: 1 })).toContainText('Garden talk')
  await owner.page.getByLabel('Seconds between two messages').fill('600')
  await owner.page.getByLabel('Welcome').fill('Mind the flower beds.')
  await owner.page.getByRole('button', { name: 'Save' }).click()
  await expect(owner.page.getByText('Saved.')).toBeVisible()
  await expect(guest.page.getByText('Slow mode is on')).toBeVisible()
  await expect(guest.page.getByText('“Mind the flower beds.”')).toBeVisible()
  await guest.say('Two')
  await expect(guest.page.locator('.send.wait')).toBeVisible()
  // Newcomers read the welcome, and so do those of the next live, which starts as the channel is set.
  const later = await open()
  await expect(later.page.getByText('Mind the flower beds.')).toBeVisible()
  await owner.page.reload()
  await expect(owner.page.getByLabel('Seconds between two messages')).toHaveValue('600')
  await owner.page.getByLabel('Seconds between two messages').fill('0')
  await owner.page.getByRole('button', { name: 'Save' }).click()
  await expect(guest.page.getByText('Slow mode is off')).toBeVisible()
})

test('rooms that are made later start as the channel is set', async ({ host, open }) => {
  await host.ask('PUT', at('channels/7'), 'marguerite', { muteAnonymous: true, emojiOnly: true, welcome: 'Hello there' })
  const guest = await open()
  await expect(guest.page.getByText('Hello there')).toBeVisible()
  await expect(guest.page.getByPlaceholder('Choose a name to write')).toHaveCount(0)
})

test('only the owner, editors and staff may', async ({ host }) => {
  const set = (user?: string) => host.status('PUT', at('channels/7'), user, { slowMode: 5 })
  expect(await set()).toBe(401)
  expect(await set('bob')).toBe(404)
  expect(await host.status('GET', at('channels/7'), 'bob')).toBe(404)
  expect(await host.status('PUT', at('channels/7/emoji/x'), 'bob', { picture: PIXEL })).toBe(404)
  expect(await host.status('DELETE', at('channels/7/emoji/x'), 'bob')).toBe(404)
  expect(await host.status('GET', at('channels/99'), 'root')).toBe(404)
  expect((await host.config('bob'))['settings']).toBeUndefined()
  expect(await host.ask('GET', at('channels'), 'bob')).toEqual([])
  await host.post('/host/editors', [{ channelId: 7, username: 'bob' }])
  expect(await host.ask('GET', at('channels'), 'bob')).toEqual([{ id: 7, name: 'Garden talk' }])
  for (const user of ['bob', 'marguerite', 'root']) {
    expect(await set(user)).toBe(200)
    expect((await host.config(user))['settings']).toBe(`${host.url}${PAGE}?id=7`)
  }
})

test('what cannot be used is said, and nothing is changed', async ({ host, open }) => {
  const answer = await host.ask('PUT', at('channels/7'), 'marguerite', { slowMode: 5000, history: 'many', welcome: 'x'.repeat(401), moderators: ['bob', 'nobody'] })
  expect(answer).toMatchObject({ wrong: ['slowMode', 'history', 'welcome'], unknown: ['nobody'] })
  expect(await host.ask('GET', at('channels/7'), 'marguerite')).toMatchObject({ options: { slowMode: 0, moderators: [] } })
  const owner = await open(PAGE, 'marguerite')
  await owner.page.getByLabel('Moderators', { exact: true }).fill('nobody')
  await owner.page.getByRole('button', { name: 'Save' }).click()
  await expect(owner.page.getByText('There is no account here of this name: nobody')).toBeVisible()
})

test('a moderator of the channel moderates its rooms, until they are named no more', async ({ host, open }) => {
  const bob = await open(`/w/${LIVE}`, 'bob')
  await bob.say('Hello')
  const role = async (): Promise<string> => {
    const { token } = (await host.ask('GET', at(`token/${LIVE}`), 'bob')) as { token: string }
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { affiliations: Record<string, string> }
    return claims.affiliations[LIVE] ?? 'none'
  }
  const mayRemove = () => bob.mayRemove('Something rude')
  const guest = await open()
  await guest.takeName('Ada')
  await guest.say('Something rude')
  await bob.sees('Something rude')
  expect(await mayRemove()).toBe(false)
  await host.ask('PUT', at('channels/7'), 'marguerite', { moderators: ['@Bob', 'jean-luc'] })
  expect(await role()).toBe('admin')
  await expect(async () => expect(await mayRemove()).toBe(true)).toPass()
  await host.ask('PUT', at('channels/7'), 'marguerite', { moderators: [] })
  expect(await role()).toBe('none')
  await expect(async () => expect(await mayRemove()).toBe(false)).toPass()
})

test('pictures of the channel are written as emoji beside its lives, in frames and in docks', async ({ host, open }) => {
  const owner = await open(PAGE, 'marguerite')
  const file = (name: string, text: string) => ({ name, mimeType: 'image/png', buffer: Buffer.from(text, 'base64') })
  await owner.page.getByLabel('Add pictures').setInputFiles([file('red rose.png', PIXEL), file('no picture.png', 'AAAA')])
  await expect(owner.page.getByRole('listitem').filter({ hasText: ':red_rose:' })).toBeVisible()
  await expect(owner.page.getByText('This is no PNG, GIF, JPEG or WebP.')).toBeVisible()
  const [beside, frame] = [await open(), await open(at(`embed/${LIVE}`))]
  await beside.takeName('Ada')
  await beside.field.fill('for you :red_rose:')
  await beside.field.press('Enter')
  for (const person of [beside, frame]) {
    const picture = person.row('for you').locator('img')
    await expect(picture).toHaveAttribute('src', new RegExp(`/router/emoji/7/red_rose\\.[0-9a-f]{16}\\.png$`))
    expect(await picture.evaluate((image: HTMLImageElement) => image.decode().then(() => image.naturalWidth))).toBe(1)
  }
  await owner.page.getByRole('button', { name: 'Remove :red_rose:' }).click()
  await expect(owner.page.getByText(':red_rose:')).toHaveCount(0)
  expect((await host.config())['emoji']).toEqual({})
})

test('the menu leads to the settings of one’s channels, for those who are logged in', async ({ open }) => {
  const owner = await open('/p/parterre/rooms', 'marguerite')
  await owner.page.getByRole('link', { name: 'Chats of my channels' }).click()
  await expect(owner.page.getByRole('heading', { level: 1 })).toContainText('Garden talk')
  const nobody = await open(`/p/parterre/room?room=${LIVE}`)
  await expect(nobody.page.getByPlaceholder('Choose a name to write')).toBeVisible()
  await expect(nobody.page.getByRole('link', { name: 'Chats of my channels' })).toHaveCount(0)
})

test('what was set while the program did not run is applied when it does', async ({ host, open }) => {
  const guest = await open()
  await guest.takeName('Ada')
  process.kill(host.program(), 'SIGKILL')
  await expect(async () => expect((await host.config())['why']).toBe('down')).toPass()
  expect(await host.status('PUT', at('channels/7'), 'marguerite', { slowMode: 30 })).toBe(200)
  await host.up()
  await expect(guest.page.getByText('Slow mode is on')).toBeVisible({ timeout: 30_000 })
})
