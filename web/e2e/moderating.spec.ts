// Moderating: by mouse and by keyboard, with an undo, and what the others see of it.

import { expect, openMenu, reveal, test } from './base'

test('a moderator removes, mutes, sends out and bans, and takes it back', async ({ open, owner }) => {
  test.setTimeout(120_000)
  const host = await owner()
  const troll = await open()
  await troll.takeName('Troll')
  await troll.say('buy my coins')
  await host.sees('buy my coins')

  await (await openMenu(host, 'buy my coins')).getByRole('menuitem', { name: 'Remove message' }).click()
  await expect(troll.row('Message removed by a moderator')).toBeVisible()
  await expect(troll.row('buy my coins')).toHaveCount(0)

  await troll.say('more coins')
  await host.sees('more coins')
  await (await openMenu(host, 'more coins')).getByText('10 min').click()
  const muted = troll.page.getByText(/You’re muted until/)
  await expect(muted).toBeVisible()
  const until = await muted.textContent()
  const again = await openMenu(host, 'more coins')
  await expect(again.getByRole('menuitem', { name: 'Give the voice back' })).toBeVisible()
  await again.getByText('1 h').click()
  await expect(muted).not.toHaveText(until ?? '')
  await host.page.getByRole('button', { name: 'Undo' }).click()
  await expect(troll.field).toBeVisible()

  await (await openMenu(host, 'more coins')).getByRole('menuitem', { name: 'Send out' }).click()
  await expect(troll.page.getByText('A moderator has sent you out')).toBeVisible()
  await troll.sees('more coins')
  await troll.page.getByRole('button', { name: 'Come back' }).click()
  await expect(troll.field).toBeVisible()

  await (await openMenu(host, 'more coins')).getByRole('menuitem', { name: /^Ban/ }).click()
  await host.page.getByPlaceholder(/Reason/).fill('advertising')
  await host.page.getByRole('button', { name: /^Ban/ }).last().click()
  await expect(troll.page.getByText('You’re banned from this chat')).toBeVisible()
  await expect(troll.page.getByText(/advertising/)).toBeVisible()
  await troll.sees('more coins')
})

test('the menu of a message opens with all that moderators find in it, so that nothing moves under the pointer', async ({ open, owner }) => {
  const host = await owner()
  const troll = await open()
  await troll.takeName('Troll')
  await troll.say('buy my coins')
  await host.sees('buy my coins')
  let asked = (): void => undefined
  let release = (): void => undefined
  const moderators = new Promise<void>((resolve) => (asked = resolve))
  const released = new Promise<void>((resolve) => (release = resolve))
  await host.page.route(/\/assets\/desk-/, async (route) => {
    asked()
    await released
    await route.continue()
  })
  await reveal(host, 'buy my coins')
  await host.row('buy my coins').getByRole('button', { name: 'More' }).click()
  await moderators
  await expect(host.page.getByRole('menu')).toHaveCount(0)
  release()
  const menu = host.page.getByRole('menu')
  await expect(menu).toBeVisible()
  const reply = menu.getByRole('menuitem', { name: 'Reply' })
  const place = await reply.boundingBox()
  await expect(menu.getByRole('menuitem', { name: 'Remove message' })).toBeVisible()
  await expect(menu.getByText(/just now|min ago/)).toBeVisible()
  expect(await reply.boundingBox()).toEqual(place)
})

test('a moderator works by keyboard alone, and only in the log', async ({ open, owner }) => {
  const host = await owner()
  const troll = await open()
  await troll.takeName('Troll')
  await troll.say('first')
  await troll.say('second')
  await host.sees('second')
  await host.field.fill('mkb')
  await expect(host.field).toHaveValue('mkb')
  await host.field.fill('')
  await host.field.press('F6')
  await host.page.keyboard.press('End')
  await host.page.keyboard.press('Delete')
  await expect(troll.row('Message removed by a moderator')).toBeVisible()
  await expect(troll.row('second')).toHaveCount(0)
  await host.page.keyboard.press('ArrowUp')
  await host.page.keyboard.press('k')
  await expect(troll.page.getByText('A moderator has sent you out')).toBeVisible()
})

test('keys that come before what answers to them has loaded are answered in their order', async ({ open, owner }) => {
  const host = await owner()
  const troll = await open()
  await troll.takeName('Troll')
  await troll.say('first')
  await troll.say('second')
  await host.sees('second')
  const reader = await open()
  await reader.sees('second')
  let go = (): void => undefined
  const pressed = new Promise<void>((resolve) => (go = resolve))
  const held: string[] = []
  await host.page.route(/\/assets\/.*\.js$/, async (route) => {
    held.push(route.request().url())
    await pressed
    await route.continue()
  })
  await host.field.press('F6')
  for (const key of ['End', 'Delete', 'ArrowUp', 'k']) await host.page.keyboard.press(key)
  await expect.poll(() => held.length).toBeGreaterThan(0)
  go()
  await expect(reader.row('Message removed by a moderator')).toBeVisible()
  await reader.sees('first')
  await expect(reader.row('second')).toHaveCount(0)
  await expect(troll.page.getByText('A moderator has sent you out')).toBeVisible()
})

test('locking the room to accounts tells those without one why they cannot write', async ({ open, owner }) => {
  const host = await owner()
  const guest = await open()
  await guest.takeName('Guest')
  await host.page.getByRole('button', { name: 'Menu' }).click()
  await host.page.getByRole('menuitemcheckbox', { name: 'Accounts only' }).or(host.page.getByRole('switch', { name: 'Accounts only' })).first().click()
  await expect(guest.page.getByText('Only people with an account can write right now')).toBeVisible()
})

test('what a viewer sees has nothing to moderate with', async ({ open, owner }) => {
  const host = await owner()
  await host.say('welcome in')
  const viewer = await open()
  await viewer.takeName('Viewer')
  const opened = await openMenu(viewer, 'welcome in')
  await expect(opened.getByRole('menuitem', { name: 'Reply' })).toBeVisible()
  await expect(opened.getByRole('menuitem', { name: 'Send out' })).toHaveCount(0)
})
