// Everybody: by keyboard alone, with a screen reader, in other languages and directions, on small screens, enlarged.

import AxeBuilder from '@axe-core/playwright'
import type { Locator } from '@playwright/test'
import { expect, test, type Person } from './base'

async function clean(person: Person): Promise<void> {
  const { violations } = await new AxeBuilder({ page: person.page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze()
  expect(violations.map(({ id, nodes }) => [id, nodes.map((node) => [node.html, node.failureSummary])])).toEqual([])
}

for (const theme of ['light', 'dark'] as const) {
  test(`no view has anything that axe complains of (${theme})`, async ({ open, owner }) => {
    test.setTimeout(300_000)
    const host = await owner('Marguerite', { colorScheme: theme })
    const guest = await open(undefined, { colorScheme: theme })
    await clean(guest)
    await guest.takeName('Guest')
    await host.say('welcome in, @Guest: https://example.org/notes')
    await guest.say('good evening')
    await host.sees('good evening')
    await clean(host)
    await clean(guest)
    for (const panel of ['People', 'Menu']) {
      await host.page.getByRole('button', { name: panel }).first().click()
      await clean(host)
      await host.page.keyboard.press('Escape')
    }
    await guest.page.getByRole('button', { name: 'Menu' }).click()
    await guest.page.getByRole('menuitem', { name: 'Settings' }).click()
    await expect(guest.page.getByText('Text size')).toBeVisible()
    await clean(guest)
    await guest.page.getByRole('button', { name: 'Back' }).click()
    await guest.page.getByRole('button', { name: 'Emoji' }).click()
    await expect(guest.page.getByPlaceholder('Search')).toBeVisible()
    await clean(guest)
  })
}

test('in the system’s own colours everything has its lines, and axe nothing to complain of', async ({ open, owner }) => {
  test.setTimeout(180_000)
  const host = await owner('Marguerite', { forcedColors: 'active' })
  const guest = await open(undefined, { forcedColors: 'active' })
  await guest.takeName('Guest')
  await host.say('@Guest, welcome in')
  await guest.sees('welcome in')
  /** How wide a line is around something, or at the side where it begins. */
  const line = (one: Locator): Promise<number> =>
    one.evaluate((element) => {
      const style = getComputedStyle(element)
      const outline = style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth)
      return Math.max(outline, parseFloat(style.borderInlineStartWidth))
    })
  expect(await line(guest.row('welcome in'))).toBeGreaterThanOrEqual(3)
  for (const name of ['People', 'Menu', 'Emoji']) expect(await line(guest.page.getByRole('button', { name }).first()), name).toBeGreaterThan(0)
  await guest.field.focus()
  expect(await line(guest.page.locator('.field'))).toBe(2)
  // What is ready to be sent is told from what is not.
  const send = guest.page.getByRole('button', { name: 'Send' })
  const ground = (): Promise<string> => send.evaluate((button) => getComputedStyle(button).backgroundColor)
  const before = await ground()
  await guest.field.fill('ready')
  await expect.poll(ground).not.toBe(before)
  await clean(guest)
  await host.sends(Array.from({ length: 40 }, (_, at) => `line ${String(at)}`))
  await guest.sees('line 39')
  await guest.log.hover()
  await guest.page.mouse.wheel(0, -400)
  await host.say('one more')
  expect(await line(guest.page.getByRole('button', { name: '1 new message' }))).toBeGreaterThan(0)
  await clean(guest)
  await host.page.getByRole('button', { name: 'Menu' }).click()
  expect(await line(host.page.getByRole('menu').first())).toBeGreaterThan(0)
  await clean(host)
  await host.page.getByRole('menuitem', { name: 'Settings' }).click()
  const knob = host.page.getByRole('switch', { name: 'Show times' })
  const paint = (): Promise<string> => knob.evaluate((one) => getComputedStyle(one).backgroundColor)
  const off = await paint()
  await knob.click()
  await expect.poll(paint).not.toBe(off)
  await clean(host)
})

test('the whole of it by keyboard alone', async ({ open, owner }) => {
  const host = await owner()
  await host.say('any questions?')
  const guest = await open()
  await guest.sees('any questions?')
  const press = async (...keys: string[]): Promise<void> => {
    for (const key of keys) await guest.page.keyboard.press(key)
  }
  for (let stops = 0; stops < 8; stops += 1) {
    await press('Tab')
    if (await guest.nameField.evaluate((field) => field.matches(':focus'))) break
  }
  await guest.page.keyboard.type('Guest')
  await press('Enter')
  await expect(guest.field).toBeFocused()
  await press('F6', 'End', 'r')
  await expect(guest.page.getByText('Replying to Marguerite')).toBeVisible()
  await guest.page.keyboard.type('yes, one')
  await press('Enter')
  await host.sees('yes, one')
  await press('ArrowUp')
  await expect(guest.page.getByText('Editing your message')).toBeVisible()
  await guest.page.keyboard.type(', or two')
  await press('Enter')
  await host.sees('yes, one, or two')
  await host.sees('(edited)')
  await press('F6', 'End', 'Delete')
  await expect(host.row('yes, one, or two')).toHaveCount(0)
})

test('French and Arabic are spoken, the one from left to right, the other from right to left', async ({ open }) => {
  const french = await open(undefined, { locale: 'fr-FR' })
  await expect(french.page.getByPlaceholder('Choisissez un nom')).toBeVisible()
  await expect(french.page.getByRole('region', { name: 'Discussion' })).toBeVisible()
  await expect(french.page.locator('html')).toHaveAttribute('lang', 'fr')
  const arabic = await open(undefined, { locale: 'ar' })
  await expect(arabic.page.getByRole('log')).toBeVisible()
  await expect
    .poll(() =>
      arabic.page.evaluate(() => {
        const section = document.querySelector('parterre-chat')?.shadowRoot?.querySelector('section')
        return section ? getComputedStyle(section).direction : ''
      }),
    )
    .toBe('rtl')
})

for (const [what, viewport] of [
  ['an old phone', { width: 320, height: 568 }],
  ['a phone', { width: 390, height: 844 }],
  ['400 % zoom', { width: 320, height: 256 }],
] as const) {
  test(`on ${what} nothing is cut off or scrolls sideways`, async ({ open }) => {
    const person = await open(undefined, { viewport, hasTouch: true, isMobile: true })
    await person.nameField.fill('Wilhelmina-Alexandrine van den Bergenhout')
    await person.page.getByRole('button', { name: 'Join in' }).click()
    await expect(person.field).toBeVisible()
    await person.sends(['How long do you wait before taking them outside? Mine are at eleven centimetres.', 'x'.repeat(300)])
    await person.sees('How long do you wait')
    const fits = await person.page.evaluate(() => {
      const log = document.querySelector('parterre-chat')?.shadowRoot?.querySelector('[role=log]')
      return {
        page: document.documentElement.scrollWidth <= innerWidth,
        log: (log?.scrollWidth ?? 1) <= (log?.clientWidth ?? 0),
        half: (log?.clientHeight ?? 0) >= innerHeight * 0.4,
      }
    })
    expect(fits).toEqual({ page: true, log: true, half: true })
  })
}
