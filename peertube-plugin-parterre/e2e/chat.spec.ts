// The chat beside a video: two people talk, and what PeerTube knows of them is shown.

import { test, expect, LIVE } from './base'

test('two people talk beside a live, and PeerTube carries none of it', async ({ host, open }) => {
  const [ada, ben] = [await open(), await open()]
  await ada.takeName('Ada')
  await ben.takeName('Ben')
  await ada.say('Good evening')
  await ben.sees('Good evening')
  await ben.say('Good evening, Ada')
  await ada.sees('Good evening, Ada')
  const way = await host.way()
  expect(way.detail).toMatch(/^[2-9]\d* handed over, 0 carried/)
  expect(way.verdict).toBe('ok')
})

test('a user of PeerTube comes with their name, and owns the room of their channel', async ({ host, open }) => {
  const [owner, guest] = [await open(`/w/${LIVE}`, 'marguerite'), await open()]
  await expect(owner.page.getByPlaceholder('Write as Marguerite D.')).toBeVisible()
  await owner.say('Welcome')
  await guest.sees('Welcome')
  const row = guest.row('Welcome')
  await expect(row).toContainText('Marguerite D.')
  await expect(row.locator('.is-host')).toBeVisible()
  const { token } = (await host.ask('GET', `/plugins/parterre/router/token/${LIVE}`, 'marguerite')) as { token: string }
  const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
  expect(claims).toMatchObject({ nick: 'Marguerite D.', avatar: `${host.url}/avatar.svg`, affiliations: { [LIVE]: 'owner' } })
})
