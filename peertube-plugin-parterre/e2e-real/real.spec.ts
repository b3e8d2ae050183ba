// Four people in a real PeerTube: its administrator, a streamer, somebody with an account, and somebody without.

import { execFileSync } from 'node:child_process'

import { expect, test, type Browser, type Page } from '@playwright/test'

import { Person } from '../e2e/base'
import { isProgram, PLUGIN, Site, type Account, type Live } from './site'

const site = new Site()
const mark = Date.now().toString(36)
let streamer: Account, viewer: Account, live: Live
let marguerite: Person, bob: Person, ada: Person

async function fillIn(page: Page, name: string, password: string): Promise<void> {
  await page.locator('input#username').fill(name)
  await page.locator('input#password').fill(password)
  await page.locator('input#password').press('Enter')
  await page.waitForURL((url) => url.pathname !== '/login')
}

async function logIn(browser: Browser, name: string, password: string): Promise<Page> {
  const page = await (await browser.newContext()).newPage()
  await page.goto(`${site.url}/login`)
  await fillIn(page, name, password)
  return page
}

/** Everybody sees what was said before, and what the streamer says now. */
async function allAreBack(before: string, now: string): Promise<void> {
  await expect(async () => {
    await marguerite.field.fill(now)
    await marguerite.field.press('Enter')
    await expect(marguerite.row(now)).toBeVisible({ timeout: 3000 })
  }).toPass({ timeout: 90_000 })
  for (const person of [marguerite, bob, ada]) {
    await expect(person.row(now)).toHaveCount(1, { timeout: 90_000 })
    await expect(person.row(before)).toHaveCount(1)
  }
}

async function handedOver(): Promise<void> {
  const find = async () => (await site.checks()).find(({ name }) => name === 'Connections are handed over')
  await expect(async () => expect(await find()).toMatchObject({ verdict: 'ok', detail: expect.stringMatching(/^[1-9]\d* handed over, 0 carried/) })).toPass({ timeout: 60_000 })
}

test.describe.configure({ mode: 'serial' })

test.beforeAll(async ({ browser }) => {
  await site.enter()
  streamer = await site.user(`marguerite_${mark}`, 'Marguerite D.')
  viewer = await site.user(`bob_${mark}`, 'Bob B.')
  live = await site.live(streamer, `An evening in the garden ${mark}`)
  marguerite = new Person(await logIn(browser, streamer.name, streamer.password))
  bob = new Person(await logIn(browser, viewer.name, viewer.password))
  ada = new Person(await (await browser.newContext()).newPage())
})

test.afterAll(async () => {
  for (const person of [marguerite, bob, ada]) await person.page.context().close()
  for (const { id } of [streamer, viewer]) await site.ask('DELETE', `/api/v1/users/${String(id)}`)
})

test('the administrator’s browser finds everything right', async ({ browser }) => {
  const page = await logIn(browser, site.administrator.name, site.administrator.password)
  await page.goto(`${site.url}/p/parterre/diagnosis`)
  await expect(page.locator('.parterre-checks > li').filter({ hasText: 'BOSH' })).toHaveClass('parterre-ok', { timeout: 30_000 })
  await expect(page.locator('.parterre-checks > li.parterre-wrong')).toHaveCount(0)
  await page.context().close()
})

test('three people chat beside the player, and PeerTube carries none of it', async () => {
  for (const { page } of [marguerite, bob, ada]) await page.goto(`${site.url}/w/${live.shortUUID}`)
  await expect(marguerite.page.getByPlaceholder('Write as Marguerite D.')).toBeVisible({ timeout: 30_000 })
  await expect(bob.page.getByPlaceholder('Write as Bob B.')).toBeVisible({ timeout: 30_000 })
  await ada.takeName('Ada')
  await marguerite.say('Good evening')
  await bob.say('Is that the new lawn?')
  await ada.say('Hello from the couch')
  for (const person of [marguerite, bob, ada]) for (const text of ['Good evening', 'new lawn', 'couch']) await person.sees(text)
  await expect(ada.row('Good evening').locator('.is-host')).toBeVisible()
  const player = await ada.page.locator('#videojs-wrapper').boundingBox()
  const chat = await ada.page.locator('.parterre-panel').boundingBox()
  expect(chat?.height).toBeCloseTo(player?.height ?? 0, 0)
  await handedOver()
})

test('the streamer bans, and takes it back', async () => {
  await marguerite.row('new lawn').locator('[data-do=person]').first().click()
  await marguerite.page.getByRole('button', { name: 'Ban…' }).click()
  await marguerite.page.getByRole('button', { name: 'Ban', exact: true }).click()
  await expect(bob.page.getByText('You’re banned from this chat')).toBeVisible()
  await marguerite.page.getByRole('status').getByRole('button', { name: 'Undo' }).click()
  await bob.page.reload()
  await expect(bob.page.getByPlaceholder('Write as Bob B.')).toBeVisible({ timeout: 30_000 })
  await marguerite.page.reload()
  await expect(marguerite.field).toBeVisible({ timeout: 30_000 })
})

test('the chat is in a frame of its own, and beside the player of an embed', async ({ browser }) => {
  for (const address of [`/plugins/parterre/router/embed/${live.uuid}`, `/p/parterre/room?room=${live.uuid}`, `/videos/embed/${live.uuid}?parterre-chat=1`]) {
    const page = await (await browser.newContext()).newPage()
    await page.goto(site.url + address)
    await new Person(page).sees('Hello from the couch')
    await page.context().close()
  }
})

test('whoever signs in from the chat is back beside the live', async ({ browser }) => {
  const page = await (await browser.newContext()).newPage()
  await page.goto(`${site.url}/w/${live.shortUUID}`)
  await page.getByText('sign in').click({ timeout: 30_000 })
  await fillIn(page, viewer.name, viewer.password)
  await expect(page.getByPlaceholder('Write as Bob B.')).toBeVisible({ timeout: 30_000 })
  expect(page.url()).toContain(live.shortUUID)
  await page.context().close()
})

test('the program crashes in the middle of the chat; everybody is back, and has missed nothing', async () => {
  await ada.say('Before the crash')
  await site.crash()
  await allAreBack('Before the crash', 'After the crash')
  await handedOver()
})

test('PeerTube restarts; nothing of the program stays behind, and everybody is back', async () => {
  const command = process.env['PEERTUBE_RESTART']
  test.skip(!command, 'PEERTUBE_RESTART is not set')
  await ada.say('Before the restart')
  const program = await site.program()
  execFileSync('sh', ['-c', command ?? ''], { stdio: 'ignore' })
  await expect(() => expect(isProgram(program)).toBe(false)).toPass({ timeout: 60_000 })
  await expect(async () => expect(await site.status('/api/v1/config')).toBe(200)).toPass({ timeout: 90_000 })
  await allAreBack('Before the restart', 'After the restart')
  await handedOver()
})

test('removed, the plugin leaves nothing that runs; installed again, it has everything', async () => {
  test.skip(process.env['PEERTUBE_REINSTALL'] !== '1', 'PEERTUBE_REINSTALL is not set')
  await ada.say('Before the removal')
  const program = await site.program()
  await site.ask('POST', '/api/v1/plugins/uninstall', { npmName: PLUGIN })
  expect(isProgram(program)).toBe(false)
  expect(await site.status('/plugins/parterre/router/ping')).toBe(404)
  const path = process.env['PEERTUBE_PLUGIN_PATH']
  await site.ask('POST', '/api/v1/plugins/install', path ? { path } : { npmName: PLUGIN })
  await allAreBack('Before the removal', 'After the removal')
})

test('whom PeerTube blocks is put out', async () => {
  await bob.sees('After the crash')
  await site.ask('POST', `/api/v1/users/${String(viewer.id)}/block`, {})
  await expect(bob.field).toBeHidden()
  expect(await site.status(`/plugins/parterre/router/config/${live.uuid}`)).toBe(200)
})
