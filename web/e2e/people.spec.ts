// Who is here, and what a moderator does from there or from the menu: always with a way back.

import { expect, test } from './base'
import type { Person } from './base'

/** Opens somebody's page from the list of people. */
async function openPerson(host: Person, name: string): Promise<void> {
  await host.page.getByRole('button', { name: 'People' }).first().click()
  await host.page.getByRole('button', { name }).click()
  await expect(host.page.getByRole('button', { name: 'Send out' })).toBeVisible()
}

test('a mute takes the voice at once, and its undo gives it back', async ({ open, owner }) => {
  const host = await owner()
  const lou = await open()
  await lou.takeName('Lou')
  await lou.say('hello')
  await host.sees('hello')
  await openPerson(host, 'Lou')
  await host.page.getByRole('button', { name: '10 min' }).click()
  await expect(lou.page.getByText(/^You’re muted until/)).toBeVisible()
  await host.page.getByRole('status').getByRole('button', { name: 'Undo' }).click()
  await expect(lou.field).toBeVisible()
})

test('a ban says why and until when, and is undone from the recent actions', async ({ open, owner }) => {
  const host = await owner()
  const lou = await open()
  await lou.takeName('Lou')
  await lou.say('buy now')
  await openPerson(host, 'Lou')
  await host.page.getByRole('button', { name: 'Ban…' }).click()
  await host.page.getByText('1 hour').click()
  await host.page.getByPlaceholder(/^Reason/).fill('Advertising')
  await host.page.getByRole('button', { name: 'Ban', exact: true }).click()
  await expect(lou.page.getByText(/^You’re banned from this chat until/)).toBeVisible()
  await expect(lou.page.getByText('Reason: Advertising')).toBeVisible()
  await expect(lou.row('buy now')).toBeVisible()
  await host.page.getByRole('button', { name: 'Back' }).click()
  await host.page.getByRole('button', { name: 'Back' }).click()
  await host.page.getByRole('button', { name: 'Menu' }).click()
  await host.page.getByRole('menuitem', { name: /^Recent actions/ }).click()
  await host.page.getByRole('complementary').getByRole('button', { name: 'Undo' }).click()
  await expect(host.page.getByRole('complementary').getByText('Undone')).toBeVisible()
  await lou.page.reload()
  await expect(lou.field).toBeVisible()
})

test('all that somebody wrote is removed for everybody', async ({ open, owner }) => {
  const host = await owner()
  const lou = await open()
  await lou.takeName('Lou')
  await lou.sends(['spam 1', 'spam 2', 'spam 3'])
  await host.sees('spam 3')
  await openPerson(host, 'Lou')
  await host.page.getByRole('button', { name: 'Remove all 3' }).click()
  await expect(host.page.getByRole('status').getByText(/^3 messages from/)).toBeVisible()
  await expect(lou.row('spam')).toHaveCount(0)
})

test('the room is calmed with one press, and one undo sets it back', async ({ open, owner }) => {
  const host = await owner()
  const lou = await open()
  await lou.takeName('Lou')
  await host.page.getByRole('button', { name: 'Menu' }).click()
  await host.page.getByRole('menuitem', { name: 'Calm the room' }).click()
  await expect(lou.page.getByText('Only people with an account can write right now')).toBeVisible()
  await host.page.getByRole('status').getByRole('button', { name: 'Undo' }).click()
  await expect(lou.field).toBeVisible()
})

test('moderators find everybody who watches; others read a sentence', async ({ open, owner }) => {
  const host = await owner()
  const watcher = await open()
  await expect(watcher.nameField).toBeVisible()
  await host.page.getByRole('button', { name: 'People' }).first().click()
  await host.page.getByRole('button', { name: 'Show their names' }).click()
  await expect(host.page.getByRole('button', { name: /^Anonymous \d+$/ })).toHaveCount(1)
  await host.page.getByPlaceholder('Find anyone here').fill('nobody of this name')
  await expect(host.page.getByText('Nobody of that name')).toBeVisible()
  await watcher.page.getByRole('button', { name: 'People' }).first().click()
  await expect(watcher.page.getByText('They are counted, never listed.')).toBeVisible()
  await expect(watcher.page.getByRole('button', { name: 'Show their names' })).toHaveCount(0)
})
