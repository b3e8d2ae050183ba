// A page of somebody else's with two lines of HTML, and the element's attributes, events and methods.

import { expect, Person, test } from './base'
import { Site } from './foreign'

test('two lines of HTML under a strict policy bring the chat into any page', async ({ browser, server, room }) => {
  const address = `${server.url}/parterre-chat.js`
  const site = await Site.start(
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>Somebody's</title>
    <script type="module" src="${address}"></script><parterre-chat room="${room}"></parterre-chat></html>`,
    {
      'content-security-policy': `default-src 'self'; script-src ${server.url}; connect-src ${server.url} ${server.url.replace('http', 'ws')}`,
    },
  )
  const context = await browser.newContext({ locale: 'en-GB' })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    if (/Content.Security.Policy/i.test(message.text())) complaints.push(message.text())
  })
  await page.goto(site.url)
  await expect(page.getByPlaceholder('Choose a name to write')).toBeVisible()
  await page.getByPlaceholder('Choose a name to write').fill('Ada')
  await page.getByRole('button', { name: 'Join in' }).click()
  await page.getByPlaceholder('Write as Ada').fill('from elsewhere')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('log').getByText('from elsewhere')).toBeVisible()
  expect(complaints).toEqual([])
  await context.close()
  site.stop()
})

test('the page speaks with the element by properties, events and methods', async ({ browser, server, room }) => {
  const site = await Site.start(
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>Somebody's</title>
    <script type="module" src="${server.url}/parterre-chat.js"></script></html>`,
  )
  const context = await browser.newContext({ locale: 'en-GB' })
  const page = await context.newPage()
  await page.goto(site.url)
  const heard = await page.evaluate(
    async ({ room, token, server }) => {
      await customElements.whenDefined('parterre-chat')
      const chat = document.createElement('parterre-chat') as HTMLElement & {
        server: string
        room: string
        tokenProvider: () => Promise<string>
        send(text: string): boolean
        enter(): void
        leave(): void
      }
      const heard: unknown[] = []
      for (const name of ['joined', 'message']) chat.addEventListener(name, (event) => heard.push([name, (event as CustomEvent).detail]))
      chat.server = server
      chat.room = room
      chat.tokenProvider = () => Promise.resolve(token)
      const once = (name: string): Promise<Event> => new Promise((done) => chat.addEventListener(name, done, { once: true }))
      const joined = once('joined')
      document.body.append(chat)
      await joined
      const said = once('message')
      const sent = chat.send('by a method')
      await said
      chat.leave()
      const after = chat.send('after leaving')
      const again = once('joined')
      chat.enter()
      await again
      return { heard, sent, after }
    },
    { room, server: server.url, token: server.token('ada', { nick: 'Ada' }) },
  )
  expect(heard.sent).toBe(true)
  expect(heard.after).toBe(false)
  expect(heard.heard).toMatchObject([
    ['joined', { nick: 'Ada' }],
    ['message', { message: { text: 'by a method', own: true, author: { nick: 'Ada' } } }],
    ['joined', { nick: 'Ada' }],
  ])
  await context.close()
  site.stop()
})

test('going to a message scrolls the chat, and not the page around it', async ({ browser, server, room }) => {
  const site = await Site.start(
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>Somebody's</title><style>body { margin: 0; padding: 250px 0 2000px } div { height: 330px }</style>
    <script type="module" src="${server.url}/parterre-chat.js"></script>
    <div><parterre-chat room="${room}" token="${server.token('ada', { nick: 'Ada' })}"></parterre-chat></div></html>`,
  )
  const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 420, height: 600 } })
  const ada = new Person(await context.newPage())
  await ada.page.goto(site.url)
  await expect(ada.field).toBeVisible()
  await ada.sends(Array.from({ length: 30 }, (_, at) => `message ${String(at)} of the evening`))
  await ada.sees('message 29 of')
  await expect(ada.log.getByTitle('Sending')).toHaveCount(0)
  await ada.page.evaluate(() => {
    const { chat } = document.querySelector('parterre-chat') as unknown as {
      chat: { room: { log: { messages: unknown[] }; say(text: string, answers: unknown): void } }
    }
    chat.room.say('an answer', chat.room.log.messages[0])
  })
  await ada.row('an answer').locator('.quote').click()
  await expect(ada.row('message 0 of').first()).toBeInViewport()
  expect(await ada.page.evaluate(() => scrollY)).toBe(0)
  await context.close()
  site.stop()
})

test('the pages send a policy, and only what may be framed can be framed', async ({ request, server, room }) => {
  const policy = async (path: string): Promise<string> =>
    (await request.get(server.url + path)).headers()['content-security-policy'] ?? ''
  for (const path of [`/room/${room}`, `/embed/${room}`, `/overlay/${room}`]) {
    expect(await policy(path)).toContain("default-src 'none'")
    expect(await policy(path)).not.toContain('unsafe')
  }
  expect(await policy(`/room/${room}`)).toContain("frame-ancestors 'none'")
  expect(await policy(`/embed/${room}`)).toContain('frame-ancestors *')
})

test('a page adds emoji of its own', async ({ owner, server }) => {
  const host = await owner()
  await host.page.evaluate((src) => {
    const chat = document.querySelector<HTMLElement & { emoji: Record<string, string> }>('parterre-chat')
    if (chat) chat.emoji = { vine: src, evil: 'javascript:alert(1)' }
  }, `${server.url}/icon.svg`)
  await host.page.getByRole('button', { name: 'Emoji' }).click()
  await expect(host.page.getByRole('heading', { name: 'Of this chat' })).toBeVisible()
  await host.page.getByPlaceholder('Search').fill('vin')
  await host.page.getByRole('button', { name: ':vine:' }).click()
  await expect(host.field).toHaveValue(/:vine:/)
  await host.field.press('Enter')
  await expect(host.log.getByRole('img', { name: ':vine:' })).toHaveAttribute('src', `${server.url}/icon.svg`)
  await host.say('an :evil: and an :onion: stay words')
  await expect(host.row('an :evil: and an :onion: stay words')).toBeVisible()
})
