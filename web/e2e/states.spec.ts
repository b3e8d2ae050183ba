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

test('after a restart in the middle of the talk, what was missed stands before what goes on', async ({ open, room, server }) => {
  test.setTimeout(90_000)
  const ada = await open()
  await ada.takeName('Ada')
  const bo = await open('/healthz')
  const link = { away: false, slow: false, question: undefined as (() => void) | undefined, heard: '' }
  await bo.page.routeWebSocket(/xmpp-websocket/, (socket) => {
    if (link.away) return void socket.close()
    const upstream = socket.connectToServer()
    socket.onMessage((frame) => {
      if (link.slow && String(frame).includes('urn:xmpp:mam:2')) link.question = () => upstream.send(frame)
      else upstream.send(frame)
    })
    upstream.onMessage((frame) => {
      link.heard += String(frame)
      socket.send(frame)
    })
  })
  await bo.page.goto(`${server.url}/room/${room}`)
  await ada.say('before it')
  await bo.sees('before it')
  link.away = true
  await server.stop('SIGTERM')
  await server.start()
  await ada.say('one that was missed')
  await ada.say('another that was missed')
  await expect(ada.row('another that was missed').getByTitle('Sending')).toHaveCount(0, { timeout: 40_000 })
  Object.assign(link, { away: false, slow: true })
  await expect.poll(() => link.question, { timeout: 40_000 }).toBeDefined()
  await ada.say('and on it goes')
  await expect.poll(() => link.heard).toContain('and on it goes')
  link.question?.()
  await bo.sees('and on it goes')
  const said = await bo.log.getByRole('listitem').locator('.text').allInnerTexts()
  expect(said).toEqual(['before it', 'one that was missed', 'another that was missed', 'and on it goes'])
  await expect(bo.log.getByText('Some messages are missing here')).toHaveCount(0)
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
