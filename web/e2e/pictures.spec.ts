// Pictures of every view, to be looked at: `make pictures` keeps them in docs/pictures, otherwise they are artifacts.

import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { BrowserContextOptions } from '@playwright/test'
import { expect, openMenu, test, type Person } from './base'

// The room has the name of an evening, not of a test.
test.use({ room: async ({}, use, info) => use(info.title.includes('dark') ? 'night-garden' : info.title.includes('light') ? 'the-garden' : 'an-evening') })

const folder = process.env['PICTURES'] ? resolve(import.meta.dirname, '../../docs/pictures') : resolve(import.meta.dirname, 'artifacts/pictures')
mkdirSync(folder, { recursive: true })

const EVENING: readonly (readonly [string, string])[] = [
  ['Zoë', 'good evening from a very rainy Leeds'],
  ['Jonas', 'Ton ist super, danke!'],
  ['けんじ', 'このトマトの品種は何ですか?'],
  ['لينا', 'مساء الخير من طرابلس! كم مرة تسقون النباتات في الصيف؟'],
  ['sunny-side', '🎉🔥❤️'],
  ['priya_grows', 'my seedlings finally came up, https://garden.example/notes/42'],
  ['Tomás', 'perfecto 👍'],
  ['Оля', 'Ура, первая прививка прижилась'],
]

type Open = (path?: string, options?: BrowserContextOptions) => Promise<Person>
type Owner = (name?: string, options?: BrowserContextOptions) => Promise<Person>

/** An evening in the room, told by the people of the design. */
async function evening(open: Open, owner: Owner, options: BrowserContextOptions): Promise<{ host: Person; guest: Person }> {
  const host = await owner('Marguerite', options)
  await host.say('Welcome in. We start with the old vine, then your questions.')
  for (const [name, text] of EVENING) {
    const person = await open()
    await person.takeName(name)
    await person.say(text)
    await host.sees(text.slice(0, 12))
    await person.context.close()
  }
  const guest = await open(undefined, options)
  await guest.takeName('Lou')
  await host.say('@Lou you were right about the windowsill')
  await guest.sees('you were right')
  await react(guest, 'you were right', '🎉')
  await react(host, 'good evening from', '❤️')
  await react(guest, 'good evening from', '❤️')
  await guest.page.keyboard.press('F6')
  await guest.page.keyboard.press('End')
  await guest.page.keyboard.press('r')
  await guest.page.keyboard.type('told you! Morning light does it all')
  await guest.page.keyboard.press('Enter')
  await host.sees('Morning light')
  await guest.page.mouse.move(5, 5)
  await host.page.mouse.move(5, 5)
  return { host, guest }
}

async function react(person: Person, text: string, emoji: string): Promise<void> {
  await openMenu(person, text)
  await person.page.getByRole('menuitem', { name: `React with ${emoji}` }).click()
  await expect(person.row(text).getByRole('button', { name: new RegExp(emoji) })).toBeVisible()
}

async function picture(person: Person, name: string): Promise<void> {
  await person.page.screenshot({ path: join(folder, `chat-${name}.png`), animations: 'disabled' })
}

for (const theme of ['light', 'dark'] as const) {
  test(`an evening, ${theme}`, async ({ open, owner }) => {
    test.setTimeout(180_000)
    const { host, guest } = await evening(open, owner, { colorScheme: theme, viewport: { width: 380, height: 680 } })
    await picture(guest, theme)
    await host.page.getByRole('button', { name: 'People' }).first().click()
    await expect(host.page.getByText(/Have written/)).toBeVisible()
    await picture(host, `people-${theme}`)
    await host.page.keyboard.press('Escape')
    await openMenu(host, 'told you!')
    await expect(host.page.getByRole('menu').first()).toBeVisible()
    await picture(host, `moderator-${theme}`)
    await host.page.keyboard.press('Escape')
    await guest.page.getByRole('button', { name: 'Menu' }).click()
    await guest.page.getByRole('menuitem', { name: 'Settings' }).click()
    await expect(guest.page.getByText('Text size')).toBeVisible()
    await picture(guest, `settings-${theme}`)
    await guest.page.getByRole('button', { name: 'Back' }).click()
    await guest.page.getByRole('button', { name: 'Emoji' }).click()
    await expect(guest.page.getByPlaceholder('Search')).toBeFocused()
    await picture(guest, `emoji-${theme}`)
    const reader = await open(undefined, { colorScheme: theme, viewport: { width: 380, height: 680 } })
    await reader.sees('Morning light')
    await picture(reader, `reading-${theme}`)
    const phone = await open(undefined, { colorScheme: theme, viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })
    await phone.sees('Morning light')
    await picture(phone, `phone-${theme}`)
    const wide = await open(undefined, { colorScheme: theme, viewport: { width: 1000, height: 700 } })
    await wide.sees('Morning light')
    await picture(wide, `wide-${theme}`)
    const landing = await open('/', { colorScheme: theme, viewport: { width: 1200, height: 800 } })
    await expect(landing.page.getByText('Choose a name to write')).toHaveCount(0)
    await expect(landing.nameField).toBeVisible()
    await picture(landing, `landing-${theme}`)
    const arabic = await open(undefined, { colorScheme: theme, viewport: { width: 380, height: 680 }, locale: 'ar' })
    await arabic.sees('Morning light')
    await picture(arabic, `rtl-${theme}`)
  })
}

test('an evening in the system’s own colours', async ({ open, owner }) => {
  test.setTimeout(180_000)
  const { host, guest } = await evening(open, owner, { forcedColors: 'active', colorScheme: 'dark', viewport: { width: 380, height: 680 } })
  await guest.field.fill('and water from below')
  await picture(guest, 'forced')
  await openMenu(host, 'told you!')
  await expect(host.page.getByRole('menuitem', { name: 'Send out' })).toBeVisible()
  await picture(host, 'forced-moderator')
  await guest.page.getByRole('button', { name: 'Menu' }).click()
  await guest.page.getByRole('menuitem', { name: 'Settings' }).click()
  await expect(guest.page.getByText('Text size')).toBeVisible()
  await picture(guest, 'forced-settings')
})

test('states in which one cannot write', async ({ open, owner, server, room }) => {
  test.setTimeout(120_000)
  const empty = await open(undefined, { viewport: { width: 380, height: 480 } })
  await expect(empty.nameField).toBeVisible()
  await picture(empty, 'empty')
  await empty.context.close()
  const host = await owner('Marguerite', { viewport: { width: 380, height: 480 } })
  await host.say('Welcome in.')
  const taken = await open(undefined, { viewport: { width: 380, height: 480 } })
  await taken.sees('Welcome in.')
  await taken.nameField.fill('Marguerite')
  await taken.page.getByRole('button', { name: 'Join in' }).click()
  await expect(taken.page.getByText(/is taken/)).toBeVisible()
  await picture(taken, 'name-taken')
  const lou = await open(undefined, { viewport: { width: 380, height: 480 } })
  await lou.takeName('Lou')
  await lou.say('first!')
  await (await openMenu(host, 'first!')).getByText('10 min').click()
  await expect(lou.page.getByText('You’re muted')).toBeVisible()
  await picture(lou, 'muted')
  await (await openMenu(host, 'first!')).getByRole('menuitem', { name: /^Ban/ }).click()
  await host.page.getByPlaceholder(/Reason/).fill('Advertising')
  await picture(host, 'ban')
  await host.page.getByRole('button', { name: 'Ban', exact: true }).click()
  await expect(lou.page.getByText('You’re banned from this chat')).toBeVisible()
  await picture(lou, 'banned')
  await taken.page.route(/\/assets\/(?!chat-)/, (route) => route.fulfill({ status: 404 }))
  await taken.page.getByRole('button', { name: 'Menu' }).click()
  await expect(taken.page.getByRole('button', { name: 'Reload' })).toBeVisible()
  await picture(taken, 'renewed')
  const overlay = await open(`/overlay/${room}?lifetime=0`, { viewport: { width: 520, height: 300 } })
  // In place of a video.
  await overlay.page.evaluate(() => {
    const sheet = new CSSStyleSheet()
    sheet.replaceSync('body { background: linear-gradient(160deg, #93a07a, #55604a 55%, #2d3328) !important }')
    document.adoptedStyleSheets.push(sheet)
  })
  await host.say('and this is how it looks over a video')
  await expect(overlay.page.getByText('over a video')).toBeVisible()
  await picture(overlay, 'overlay')
  await server.stop('SIGKILL')
  await expect(taken.page.getByText('You’re offline')).toBeVisible({ timeout: 40_000 })
  await picture(taken, 'offline')
  await server.start()
  await expect(taken.page.getByText('You’re offline')).toHaveCount(0, { timeout: 40_000 })
})
