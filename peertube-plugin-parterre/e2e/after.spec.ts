// What becomes of a chat when its live ends or its video goes, and what is shared of it.

import { test, expect, LIVE, type Host } from './base'

const ENDED = 5

/** The live ends, as PeerTube tells it: it stays a live that is over, or becomes a video. */
async function end(host: Host, replay = false): Promise<void> {
  await host.post('/host/video', { uuid: LIVE, ...(replay ? { isLive: false, state: 1 } : { state: ENDED }) })
  await host.post('/host/hook', { target: 'action:live.video.state.updated', params: { video: { uuid: LIVE } } })
}

for (const replay of [false, true]) {
  test(`the chat stays when the live has ${replay ? 'become a video' : 'ended'}`, async ({ host, open }) => {
    const ada = await open()
    await ada.takeName('Ada')
    await ada.say('During')
    await end(host, replay)
    const later = await open()
    await later.sees('During')
    await later.takeName('Ben')
    await later.say('Afterwards')
    await ada.sees('Afterwards')
  })
}

test('newcomers only read, if it is wished so', async ({ host, open }) => {
  await host.post('/host/settings', { 'chat-after-live': 'readonly' })
  const ada = await open()
  await ada.takeName('Ada')
  await ada.say('During')
  await end(host)
  const later = await open()
  await later.sees('During')
  await expect(later.page.getByText('Only people invited to speak can write here')).toBeVisible()
  await expect(later.page.getByRole('button', { name: 'Join in' })).toHaveCount(0)
})

test('it goes, if it is wished so', async ({ host, open }) => {
  await host.post('/host/settings', { 'chat-after-live': 'hidden' })
  expect((await host.config())['active']).toBe(true)
  await end(host)
  expect(await host.config()).toEqual({ active: false, why: 'off' })
  const later = await open()
  await expect(later.page.getByRole('heading', { name: 'A video' })).toBeVisible()
  await expect(later.page.locator('parterre-chat')).toHaveCount(0)
})

test('it is closed with its video, and whoever is there is told', async ({ host, open }) => {
  const ada = await open()
  await ada.takeName('Ada')
  await host.post('/host/hook', { target: 'action:api.video.deleted', params: { video: { uuid: LIVE } } })
  await expect(ada.field).toBeHidden()
  await expect(ada.page.getByText('closed', { exact: false }).first()).toBeVisible()
})

test('each address that is shared leads to the chat', async ({ host, open }) => {
  const owner = await open(`/w/${LIVE}`, 'marguerite')
  await owner.page.getByRole('button', { name: 'Share the chat' }).click()
  const shared = async (label: string): Promise<string> => owner.page.getByLabel(label, { exact: true }).inputValue()
  await owner.page.getByRole('button', { name: 'Make the address of a dock' }).click()
  const pages = {
    page: await shared('Page'),
    embed: /src="([^"]+)"/.exec(await shared('Embed code'))?.[1] ?? '',
    overlay: await shared('Overlay'),
    dock: await shared('Address of the new dock'),
  }
  const at = (address: string): string => address.slice(host.url.length)
  const [page, embed, overlay, dock] = [await open(at(pages.page)), await open(at(pages.embed)), await open(at(pages.overlay)), await open(at(pages.dock))]
  await page.takeName('Ada')
  await page.say('Good evening')
  await embed.sees('Good evening')
  await expect(overlay.page.getByText('Good evening')).toBeVisible()
  await dock.sees('Good evening')
  await expect(dock.page.getByPlaceholder('Write as Marguerite D.')).toBeVisible()
})

test('any site may put the embed into a frame, and none PeerTube’s own pages', async ({ host }) => {
  const embed = await fetch(`${host.url}/plugins/parterre/router/embed/${LIVE}`)
  expect(embed.headers.get('x-frame-options')).toBeNull()
  expect(embed.headers.get('content-security-policy')).toContain('frame-ancestors *')
  expect((await fetch(`${host.url}/w/${LIVE}`)).headers.get('x-frame-options')).toBe('DENY')
})
