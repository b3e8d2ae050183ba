// Reading: the place stands still, older messages come, new ones are counted, and what one set for oneself is kept.

import { expect, openMenu, Person, test } from './base'
import { Site } from './foreign'

test('scrolling back loads older pages without a jump, and the count of new messages leads down', async ({ open, owner }) => {
  test.setTimeout(120_000)
  const host = await owner()
  for (let page = 0; page < 6; page += 1) {
    await host.sends(Array.from({ length: 20 }, (_, at) => `message ${String(page * 20 + at)} of the evening`))
    await host.sees(`message ${String(page * 20 + 19)} of`)
  }
  const reader = await open()
  await reader.sees('message 119 of')
  await expect(reader.row('message 10 of')).toHaveCount(0)
  await reader.log.hover()
  await expect(async () => {
    await reader.page.mouse.wheel(0, -600)
    await expect(reader.row('message 60 of')).toBeVisible({ timeout: 200 })
  }).toPass()
  // Where it is while the page before it arrives.
  const top = async (): Promise<number> => Math.round((await reader.row('message 60 of').boundingBox())?.y ?? -1)
  const before = await top()
  await host.say('something new')
  await expect(reader.page.getByRole('button', { name: '1 new message' })).toBeVisible()
  expect(await top()).toBe(before)
  await reader.page.getByRole('button', { name: '1 new message' }).click()
  await reader.sees('something new')
  await expect(reader.page.getByRole('button', { name: /new message/ })).toHaveCount(0)
  await reader.log.hover()
  await expect(async () => {
    await reader.page.mouse.wheel(0, -900)
    await expect(reader.row(/message 0 of/)).toBeVisible({ timeout: 200 })
  }).toPass()
})

test('the tools of a message come with the one movement that brings the pointer to it', async ({ open }) => {
  const ada = await open()
  await ada.takeName('Ada')
  await ada.say('good evening')
  const bo = await open()
  await bo.sees('good evening')
  const box = await bo.row('good evening').boundingBox()
  if (!box) throw new Error('the message is nowhere')
  await bo.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
  await expect(bo.row('good evening').getByRole('button', { name: 'More' })).toBeVisible()
})

for (const [much, count] of [['a few messages', 2], ['more messages than fit', 40]] as const) {
  test(`of ${much}, the one that a menu is open at stays where it is, and then the newest is in view again`, async ({ open, owner }) => {
    const host = await owner()
    await host.sends(Array.from({ length: count }, (_, at) => `line ${String(at)} of the evening`))
    const ada = await open()
    await ada.takeName('Ada')
    const last = `line ${String(count - 1)} of`
    await ada.sees(last)
    await openMenu(ada, last)
    const top = async (): Promise<number | undefined> => (await ada.row(last).boundingBox())?.y
    const before = await top()
    await host.sends(['one more', 'and another', 'and the newest'])
    await expect(ada.row('and the newest')).toHaveCount(1)
    await ada.page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))))
    expect(await top()).toBe(before)
    await ada.page.keyboard.press('Escape')
    await expect(ada.row('and the newest')).toBeInViewport({ ratio: 1 })
    expect(await top()).toBeLessThan(before ?? 0)
  })
}

test('whom one hides is not seen, not counted, and still hidden at the next visit', async ({ open, owner }) => {
  const host = await owner()
  await host.sends(Array.from({ length: 30 }, (_, at) => `line ${String(at)}`))
  const troll = await open()
  await troll.takeName('Troll')
  await troll.say('look at me')
  const reader = await open()
  await reader.sees('look at me')
  await openMenu(reader, 'look at me')
  await reader.page.getByRole('menuitem', { name: 'Hide this person for me' }).click()
  await expect(reader.row('look at me')).toHaveCount(0)
  await reader.log.hover()
  await reader.page.mouse.wheel(0, -300)
  await troll.say('why does nobody answer')
  await host.sees('why does nobody answer')
  await host.say('because')
  await expect(reader.page.getByRole('button', { name: '1 new message' })).toBeVisible()
  await reader.page.reload()
  await reader.sees('because')
  await expect(reader.row('look at me')).toHaveCount(0)
  await reader.page.getByRole('button', { name: 'People' }).first().click()
  await reader.page.getByRole('button', { name: 'Troll' }).click()
  await reader.page.getByRole('button', { name: 'Show this person again' }).click()
  await reader.page.getByRole('button', { name: 'Back' }).click()
  await reader.page.getByRole('button', { name: 'Back' }).click()
  await reader.sees('look at me')
})

test('what one sets for oneself holds at once and for the next visit', async ({ open, owner }) => {
  const host = await owner()
  await host.say('welcome in')
  const reader = await open()
  await reader.sees('welcome in')
  const settings = async (): Promise<void> => {
    await reader.page.getByRole('button', { name: 'Menu' }).click()
    await reader.page.getByRole('menuitem', { name: 'Settings' }).click()
  }
  const ground = (): Promise<string> =>
    reader.page.evaluate(() => {
      const frame = document.querySelector('parterre-chat')?.shadowRoot?.querySelector('.pc')
      return frame ? getComputedStyle(frame).backgroundColor : ''
    })
  const size = (): Promise<number> =>
    reader.row('welcome in').evaluate((row) => parseFloat(getComputedStyle(row).fontSize))
  const [light, usual] = [await ground(), await size()]
  await settings()
  await reader.page.getByRole('radio', { name: 'Dark' }).click()
  await expect.poll(ground).not.toBe(light)
  await reader.page.getByRole('button', { name: 'Larger' }).click()
  await expect.poll(size).toBeGreaterThan(usual)
  await reader.page.getByRole('switch', { name: 'Show times' }).click()
  await reader.page.getByRole('switch', { name: 'Data saver' }).click()
  await reader.page.getByRole('button', { name: 'Back' }).click()
  await expect(reader.row('welcome in').locator('time').filter({ visible: true })).toHaveCount(1)
  await reader.page.reload()
  await reader.sees('welcome in')
  expect(await ground()).not.toBe(light)
  expect(await size()).toBeGreaterThan(usual)
  await expect(reader.row('welcome in').locator('time').filter({ visible: true })).toHaveCount(1)
  await settings()
  await reader.page.getByRole('combobox', { name: 'Language' }).selectOption('de')
  await expect(reader.page.locator('html')).toHaveAttribute('lang', 'de')
})

test('the page host’s colours and parts are taken where it sets them', async ({ open }) => {
  const reader = await open()
  await expect(reader.nameField).toBeVisible()
  await reader.page.addStyleTag({ content: 'parterre-chat::part(header) { background: rgb(1, 2, 3) }' }).catch(() => undefined)
  const header = await reader.page.evaluate(() => {
    const sheet = new CSSStyleSheet()
    sheet.replaceSync('parterre-chat::part(header) { background: rgb(1, 2, 3) }')
    document.adoptedStyleSheets = [sheet]
    const head = document.querySelector('parterre-chat')?.shadowRoot?.querySelector('[part~=header]')
    return head ? getComputedStyle(head).backgroundColor : ''
  })
  expect(header).toBe('rgb(1, 2, 3)')
})

test('names stand out from the ground in both themes', async ({ open, owner }) => {
  await owner()
  const people = ['Zoë', 'Jonas', 'priya_grows', 'Tomás', 'sunny-side', 'Оля']
  for (const name of people) {
    const person = await open()
    await person.takeName(name)
    await person.say(`I am ${name}`)
    await person.sees(`I am ${name}`)
    await person.context.close()
  }
  for (const colorScheme of ['light', 'dark'] as const) {
    const reader = await open(undefined, { colorScheme })
    await reader.sees('I am Оля')
    const contrasts = await reader.page.evaluate(() => {
      const root = document.querySelector('parterre-chat')?.shadowRoot
      const numbers = (colour: string): number[] => (colour.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number)
      const luminance = (colour: string): number => {
        const [r = 0, g = 0, b = 0] = numbers(colour).map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4))
        return 0.2126 * r + 0.7152 * g + 0.0722 * b
      }
      const frame = root?.querySelector('.pc')
      const ground = frame ? luminance(getComputedStyle(frame).backgroundColor) : 0
      return [...(root?.querySelectorAll('[part~=name]') ?? [])].map((name) => {
        const ink = luminance(getComputedStyle(name).color)
        return (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05)
      })
    })
    expect(contrasts.length).toBeGreaterThanOrEqual(people.length)
    expect(Math.min(...contrasts)).toBeGreaterThanOrEqual(4.5)
  }
})

test('a picture that the page vouches for stands beside the name, and is left out to save data', async ({ browser, room, server }) => {
  const picture = `${server.url}/icon.svg`
  const token = server.token('ada', { nick: 'Ada', avatar: picture, affiliations: { [room]: 'owner' } })
  const site = await Site.start(
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>Live</title>
    <script type="module" src="${server.url}/parterre-chat.js"></script>
    <parterre-chat room="${room}" token="${token}"></parterre-chat></html>`,
  )
  const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 420, height: 700 } })
  const ada = new Person(await context.newPage())
  await ada.page.goto(site.url)
  await ada.say('look at me')
  const reader = new Person(await context.newPage())
  await reader.page.goto(`${server.url}/room/${room}`)
  await reader.sees('look at me')
  await expect(reader.row('look at me').locator('.av img')).toHaveAttribute('src', picture)
  await expect(reader.row('look at me')).toContainText('(host)')
  await reader.page.getByRole('button', { name: 'Menu' }).click()
  await reader.page.getByRole('menuitem', { name: 'Settings' }).click()
  await reader.page.getByRole('switch', { name: 'Data saver' }).click()
  await reader.page.getByRole('button', { name: 'Back' }).click()
  await expect(reader.row('look at me').locator('img')).toHaveCount(0)
  await context.close()
  site.stop()
})

test('links lead out safely, reactions are counted, and who comes or goes is no line unless a moderator wants it', async ({ open, owner }) => {
  const host = await owner()
  await host.say('the notes: https://example.org/notes/42?q=1 (all of them)')
  const guest = await open()
  await guest.takeName('Guest')
  const link = guest.row('the notes').getByRole('link')
  await expect(link).toHaveAttribute('href', 'https://example.org/notes/42?q=1')
  await expect(link).toHaveAttribute('rel', /noopener/)
  await expect(host.log.getByText('Guest has come in')).toHaveCount(0)
  await openMenu(guest, 'the notes')
  await guest.page.getByRole('menuitem', { name: 'React with 🔥' }).click()
  await expect(host.row('the notes').getByRole('button', { name: '🔥 1' })).toBeVisible()
  await host.row('the notes').getByRole('button', { name: '🔥 1' }).click()
  await expect(guest.row('the notes').getByRole('button', { name: '🔥 2' })).toBeVisible()
  await host.row('the notes').getByRole('button', { name: '🔥 2' }).click()
  await expect(guest.row('the notes').getByRole('button', { name: '🔥 1' })).toBeVisible()
  await host.page.getByRole('button', { name: 'Menu' }).click()
  await host.page.getByRole('menuitem', { name: 'Settings' }).click()
  await host.page.getByRole('switch', { name: 'Show who comes and goes' }).click()
  await host.page.getByRole('button', { name: 'Back' }).click()
  await guest.page.getByRole('button', { name: 'Menu' }).click()
  await guest.page.getByRole('menuitem', { name: 'Leave the chat' }).click()
  await expect(host.log.getByText('Guest has left')).toBeVisible()
})
