// What stands in the way is said in words, in place, and hides nothing of what was read.

import { expect, Person, test } from './base'
import { Server } from './server'


test('while the connection is away one reads on, is told, and comes back by oneself', async ({ open, owner, server }) => {
  const host = await owner()
  await host.say('said before')
  const guest = await open()
  await guest.takeName('Guest')
  await guest.sees('said before')
  await server.stop('SIGTERM')
  await expect(guest.page.getByText('Reconnecting…').first()).toBeVisible()
  await guest.sees('said before')
  await guest.field.fill('typed meanwhile')
  await server.start()
  await expect(guest.page.getByText('Reconnecting…')).toHaveCount(0, { timeout: 40_000 })
  await expect(guest.field).toHaveValue('typed meanwhile')
  await guest.field.press('Enter')
  await host.sees('typed meanwhile')
})

test('a full room says so, and lets in whoever waits when there is room again', async ({ browser }) => {
  const server = await Server.start('[limits]\nroom_occupants = 2')
  const enter = async (): Promise<Person> => {
    const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 420, height: 700 } })
    const page = await context.newPage()
    await page.goto(`${server.url}/room/small`)
    return new Person(page)
  }
  const ada = await enter()
  await ada.takeName('Ada')
  const bo = await enter()
  await expect(bo.nameField).toBeVisible()
  const late = await enter()
  await expect(late.page.getByText('The chat is full right now')).toBeVisible()
  await bo.context.close()
  await expect(late.nameField).toBeVisible({ timeout: 40_000 })
  for (const person of [ada, late]) await person.context.close()
  await server.discard()
})
