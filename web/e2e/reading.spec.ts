// Reading: the place stands still, older messages come, new ones are counted, and what one set for oneself is kept.

import { expect, test } from './base'

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
