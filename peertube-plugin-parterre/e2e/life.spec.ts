// The program's life: killed in the middle of a chat, and ended with PeerTube, however that ends.

import { test, expect, lives, LIVE } from './base'

test('killed in the middle of a chat, the program is back, and everybody with it, who have missed nothing', async ({ host, open }) => {
  const [ada, ben] = [await open(), await open()]
  await ada.takeName('Ada')
  await ben.takeName('Ben')
  await ada.say('Before')
  await ben.sees('Before')
  process.kill(host.program(), 'SIGKILL')
  await host.up()
  await expect(async () => {
    await ada.field.fill('After')
    await ada.field.press('Enter')
    await expect(ada.row('After').first()).toBeVisible({ timeout: 2000 })
  }).toPass({ timeout: 30_000 })
  await ben.sees('After')
  await expect(ben.row('Before')).toHaveCount(1)
})

for (const kind of ['embed', 'overlay'] as const) {
  test(`an ${kind} that is opened while the program starts comes by itself once it runs`, async ({ host, open }) => {
    const { page } = await open()
    const address = `${host.url}/plugins/parterre/router/${kind}/${LIVE}`
    await expect(async () => {
      process.kill(host.program(), 'SIGKILL')
      const answer = await page.goto(address)
      expect([answer?.status(), answer?.headers()['retry-after']]).toEqual([503, '5'])
    }).toPass({ timeout: 20_000 })
    await expect(page.locator(kind === 'embed' ? 'parterre-chat' : 'parterre-overlay')).toBeAttached({ timeout: 30_000 })
  })
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGKILL'] as const) {
  test(`nothing stays behind after ${signal}, and PeerTube finds its rooms again`, async ({ host }) => {
    const program = host.program()
    await host.stop(signal)
    await expect(() => expect(lives(program)).toBe(false)).toPass({ timeout: 10_000 })
    await host.start()
    expect((await host.config())['active']).toBe(true)
  })
}

test('started anew again and again because settings were saved, connections are still handed over', async ({ host }) => {
  for (const messages of ['10', '11', '12', '13']) {
    await host.post('/host/settings', { 'chat-history-on-join': messages })
    await expect(async () => expect((await host.way()).verdict).toBe('ok')).toPass({ timeout: 10_000 })
  }
  expect(host.log.join('')).not.toContain('carried by PeerTube now')
})

test('after it died too often PeerTube carries the chat, until somebody restarts the program', async ({ host }) => {
  for (let times = 0; times < 3; times += 1) {
    const killed = host.program()
    process.kill(killed, 'SIGKILL')
    await expect(() => expect(host.program()).not.toBe(killed)).toPass({ timeout: 15_000 })
    await expect(async () => expect((await host.way()).verdict).toBe(times < 2 ? 'ok' : 'warning')).toPass({ timeout: 15_000 })
  }
  await host.ask('POST', '/plugins/parterre/router/restart', 'root')
  await expect(async () => expect((await host.way()).verdict).toBe('ok')).toPass({ timeout: 10_000 })
})

test('where handing over is not to be, PeerTube carries the chat', async ({ host, open }) => {
  await host.post('/host/settings', { 'chat-transport': 'proxy' })
  await host.up()
  const [ada, ben] = [await open(), await open()]
  await ada.takeName('Ada')
  await ben.takeName('Ben')
  await ada.say('All the same')
  await ben.sees('All the same')
  expect((await host.way()).detail).toContain('0 handed over')
})

test('values that make no sense never stop the chat, and are said', async ({ host, open }) => {
  const ada = await open()
  await ada.takeName('Ada')
  await host.post('/host/settings', {
    'prosody-muc-expiration': '0', 'chat-anonymous-ban': 'forever', 'chat-history-on-join': '-1', 'chat-slow-mode': 'slow', 'chat-connections-per-address': '1e9',
    'chat-transport': 'pigeons', 'chat-log-level': 'loud', 'prosody-room-type': '"', 'chat-videos-list': "'; DROP TABLE video", 'chat-share-url': '',
  })
  await host.up()
  await ada.say('Still here')
  const said = host.log.find((text) => text.includes('cannot be read, and have their defaults'))
  for (const label of ['How long messages are kept', 'Longest ban of somebody without an account', 'Messages shown to those who come', 'These videos']) expect(said).toContain(label)
  expect(said).not.toContain('Who sees')
})

test('a program that is not there is told, and the site goes on', async ({ host }) => {
  await host.post('/host/settings', { 'chat-binary-path': '/nowhere/parterre' })
  expect(await host.config()).toEqual({ active: false, why: 'down' })
  const { checks } = (await host.ask('GET', '/plugins/parterre/router/diagnosis', 'root')) as { checks: { verdict: string; remedy?: string }[] }
  expect(checks[0]).toMatchObject({ verdict: 'wrong', remedy: expect.stringContaining('Path of the program') })
  expect((await fetch(`${host.url}/w/${LIVE}`)).status).toBe(200)
})
