// What every test gets: a server of its worker, a room of its own, and people who open it.

import { test as plain, expect, type Browser, type BrowserContext, type BrowserContextOptions, type Locator, type Page } from '@playwright/test'
import { Site } from './foreign'
import { Server } from './server'

/** Somebody with a browser of their own, looking at the room. */
export class Person {
  constructor(readonly page: Page) {}

  get context(): BrowserContext {
    return this.page.context()
  }

  /** The field in which a name is chosen. */
  get nameField(): Locator {
    return this.page.getByPlaceholder('Choose a name to write')
  }

  /** The field in which one writes. */
  get field(): Locator {
    return this.page.getByPlaceholder(/^Write as/)
  }

  get log(): Locator {
    return this.page.getByRole('log')
  }

  /** The row of a message with that text. */
  row(text: string | RegExp): Locator {
    return this.log.getByRole('listitem').filter({ hasText: text })
  }

  async takeName(name: string): Promise<void> {
    await this.nameField.fill(name)
    await this.page.getByRole('button', { name: 'Join in' }).click()
    await expect(this.page.getByPlaceholder(`Write as ${name}`)).toBeVisible()
  }

  async say(text: string): Promise<void> {
    await this.field.fill(text)
    await this.field.press('Enter')
  }

  /** Says many things at once, as a page may by the element's method: as soon as it takes them. */
  async sends(texts: readonly string[]): Promise<void> {
    const send = (texts: readonly string[]): Promise<boolean> =>
      this.page.evaluate((texts) => {
        const chat = document.querySelector<HTMLElement & { send(text: string): boolean }>('parterre-chat')
        return texts.every((text) => chat?.send(text))
      }, texts)
    await expect.poll(() => send(texts.slice(0, 1))).toBe(true)
    expect(await send(texts.slice(1))).toBe(true)
  }

  async sees(text: string | RegExp): Promise<void> {
    await expect(this.row(text)).toBeVisible()
  }
}

/** Moves the pointer over a message until its tools are there: they load with the first movement. */
export async function reveal(person: Person, text: string): Promise<void> {
  await expect(async () => {
    await person.row(text).hover({ position: { x: 40, y: 6 } })
    await person.row(text).hover({ position: { x: 60, y: 9 } })
    await expect(person.row(text).getByRole('button', { name: 'More' })).toBeVisible({ timeout: 500 })
  }).toPass()
}

/** Opens the menu of a message. Where the log moves meanwhile, the pointer is over another one: then once more. */
export async function openMenu(person: Person, text: string): Promise<Locator> {
  const menu = person.page.getByRole('menu').first()
  await expect(async () => {
    // What opens a menu loads late: to click again would open another one in the place of that which has come meanwhile.
    if (await menu.isVisible()) return
    await reveal(person, text)
    await person.row(text).getByRole('button', { name: 'More' }).click({ timeout: 500 })
    await expect(menu).toBeVisible({ timeout: 5_000 })
  }).toPass()
  return menu
}

interface Fixtures {
  room: string
  /** Opens the room as its owner: a page of some site that signs tokens embeds it. */
  owner: (name?: string, options?: BrowserContextOptions) => Promise<Person>
  /** Opens the room's page, or another path, in a browser of its own. */
  open: (path?: string, options?: BrowserContextOptions) => Promise<Person>
}

let rooms = 0

export const test = plain.extend<Fixtures, { server: Server }>({
  server: [
    async ({}, use) => {
      const server = await Server.start()
      await use(server)
      await server.discard()
    },
    { scope: 'worker' },
  ],
  room: async ({}, use, info) => {
    rooms += 1
    await use(`hall-${info.workerIndex}-${rooms}`)
  },
  owner: async ({ browser, server, room }, use) => {
    const opened: (() => Promise<void>)[] = []
    await use(async (name = 'Marguerite', options = {}) => {
      const token = server.ownerToken(name.toLowerCase(), room, name)
      const site = await Site.start(
        `<!doctype html><html lang="en"><meta charset="utf-8"><title>Live</title><meta name="viewport" content="width=device-width">
        <script type="module" src="${server.url}/parterre-chat.js"></script>
        <parterre-chat mode="page" room="${room}" token="${token}"></parterre-chat></html>`,
      )
      const context = await newContext(browser, options)
      opened.push(async () => {
        await context.close()
        site.stop()
      })
      const page = await context.newPage()
      await page.goto(site.url)
      const person = new Person(page)
      await expect(person.field).toBeVisible()
      await page.addStyleTag({ content: 'html, body { height: 100%; margin: 0 }' })
      return person
    })
    for (const close of opened) await close()
  },
  open: async ({ browser, server, room }, use) => {
    const contexts: BrowserContext[] = []
    await use(async (path = `/room/${room}`, options = {}) => {
      const context = await newContext(browser, options)
      contexts.push(context)
      const page = await context.newPage()
      await page.goto(server.url + path)
      return new Person(page)
    })
    for (const context of contexts) await context.close()
  },
})

function newContext(browser: Browser, options: BrowserContextOptions): Promise<BrowserContext> {
  return browser.newContext({ locale: 'en-GB', viewport: { width: 420, height: 700 }, ...options })
}

export { expect }
