// The same client in the rooms of other servers: it speaks plain XMPP, and asks for ours where it is offered only.

import { Person, expect, test } from './base'
import { Foreign, Site } from './foreign'

for (const name of ['Prosody', 'ejabberd'] as const) {
  test(`people talk in a room of ${name}, and older messages are in its archive`, async ({ browser, server, room }) => {
    // Erlang takes half a minute to come up on a busy machine.
    test.setTimeout(150_000)
    const foreign = await Foreign.start(name)
    const site = await Site.start(`<!doctype html><html lang="en"><meta charset="utf-8"><title>Elsewhere</title>
      <script type="module" src="${server.url}/parterre-chat.js"></script>
      <parterre-chat server="${foreign.websocket}" room="${room}@room.localhost" domain="anon.localhost"></parterre-chat></html>`)
    try {
      const people: Person[] = []
      for (let count = 0; count < 2; count += 1) {
        const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 420, height: 600 } })
        const page = await context.newPage()
        await page.goto(site.url)
        people.push(new Person(page))
      }
      const [ada, bo] = people as [Person, Person]
      await ada.takeName('Ada')
      await bo.takeName('Bo')
      await ada.say('good evening')
      await bo.sees('good evening')
      await bo.say('hello <b>Ada</b> & all')
      await ada.sees('hello <b>Ada</b> & all')
      await ada.page.reload()
      await ada.sees('good evening')
      await expect(ada.row('good evening')).toHaveCount(1)
      for (const person of people) await person.context.close()
    } finally {
      site.stop()
      await foreign.stop()
    }
  })
}
