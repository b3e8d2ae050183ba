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
      const enters = async (nick: string): Promise<Person> => {
        const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 420, height: 600 } })
        const person = new Person(await context.newPage())
        await person.page.goto(site.url)
        await person.takeName(nick)
        return person
      }
      // Whoever is first is alone when they take their name: the room has to outlive that.
      const ada = await enters('Ada')
      const bo = await enters('Bo')
      await ada.say('good evening')
      await bo.sees('good evening')
      await bo.say('hello <b>Ada</b> & all')
      await ada.sees('hello <b>Ada</b> & all')
      // Who only writes that they are the host (Ada is, who made the room) is not, and nobody fetches what they call their picture.
      const asked: string[] = []
      ada.page.on('request', (request) => asked.push(request.url()))
      await bo.page.evaluate((room) => {
        const { chat } = document.querySelector('parterre-chat') as unknown as { chat: { room: { session: { send(stanza: { text: string }): void } } } }
        chat.room.session.send({
          text: `<message xmlns='jabber:client' type='groupchat' to='${room}' id='f1'><body>believe me</body>
            <author xmlns='urn:parterre:room:0' affiliation='owner' role='moderator' avatar='${location.origin}/picture.png'/>
            <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='owner' role='moderator'/></x></message>`,
        })
      }, `${room}@room.localhost`)
      await ada.sees('believe me')
      const plain = async (): Promise<void> => {
        await expect(ada.row('believe me').locator('.is-host, .badge, img')).toHaveCount(0)
        expect(asked.filter((url) => url.endsWith('/picture.png'))).toEqual([])
      }
      await plain()
      await ada.page.reload()
      await ada.sees('believe me')
      await plain()
      await ada.page.reload()
      await ada.sees('good evening')
      await expect(ada.row('good evening')).toHaveCount(1)
      for (const person of [ada, bo]) await person.context.close()
    } finally {
      site.stop()
      await foreign.stop()
    }
  })
}
