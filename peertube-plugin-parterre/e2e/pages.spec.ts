// The plugin's pages, and what is shared.

import { test, expect, LIVE } from './base'

test('the chat has a page of its own, an embed, and an overlay', async ({ open }) => {
  const own = await open(`/p/parterre/room?room=${LIVE}`)
  await own.takeName('Ada')
  const embed = await open(`/plugins/parterre/router/embed/${LIVE}`)
  const overlay = await open(`/plugins/parterre/router/webchat/room/${LIVE}?_readonly=true`)
  await expect(overlay.page).toHaveURL(/\/overlay\//)
  await expect(embed.page.getByPlaceholder('Choose a name to write')).toBeVisible()
  await own.say('Everywhere')
  await embed.sees('Everywhere')
  const player = await open(`/videos/embed/${LIVE}?parterre-chat=1`)
  await player.sees('Everywhere')
})

test('the owner shares the chat; others are not offered to', async ({ open }) => {
  const [owner, guest] = [await open(`/w/${LIVE}`, 'marguerite'), await open()]
  await expect(guest.page.getByPlaceholder('Choose a name to write')).toBeVisible()
  await expect(guest.page.getByRole('button', { name: 'Share the chat' })).toHaveCount(0)
  await owner.page.getByRole('button', { name: 'Share the chat' }).click()
  await expect(owner.page.getByLabel('Embed code')).toHaveValue(new RegExp(`<iframe src="http.*/embed/${LIVE}"`))
  await owner.page.getByRole('button', { name: 'Make the address of a dock' }).click()
  await expect(owner.page.getByLabel('Address of the new dock')).toHaveValue(/#[\w-]{32}$/)
})

test('whoever signs in goes by PeerTube’s own link, which leads back', async ({ open }) => {
  for (const path of [`/w/${LIVE}`, `/p/parterre/room?room=${LIVE}`]) {
    const guest = await open(path)
    await expect(guest.page.getByPlaceholder('Choose a name to write')).toBeVisible()
    await guest.page.evaluate(() => {
      document.querySelector('a[href="/login"]')?.addEventListener('click', (event) => {
        event.preventDefault()
        document.title = 'to the login'
      })
    })
    await guest.page.getByText('sign in').click()
    await expect(guest.page).toHaveTitle('to the login')
  }
})

test('the chat is as high as the player beside it, at any width at which they are side by side', async ({ open }) => {
  const guest = await open(`/w/${LIVE}`, undefined, { width: 1101, height: 800 })
  await expect(guest.page.getByPlaceholder('Choose a name to write')).toBeVisible()
  const box = (selector: string) => guest.page.locator(selector).boundingBox()
  const [player, chat] = [await box('#videojs-wrapper'), await box('.parterre-panel')]
  expect(chat?.height).toBe(player?.height)
  expect(chat?.x).toBe((player?.x ?? 0) + (player?.width ?? 0))
  await guest.page.setViewportSize({ width: 1100, height: 800 })
  await expect(async () => expect((await box('.parterre-panel'))?.width).toBe(1100)).toPass()
  await expect(guest.page.getByPlaceholder('Choose a name to write')).toBeVisible()
})

test('on a phone the chat is under the player, and it closes', async ({ open }) => {
  const phone = await open(`/w/${LIVE}`, undefined, { width: 390, height: 844 })
  const chat = phone.page.getByRole('region', { name: 'Chat', exact: true })
  await expect(phone.page.getByPlaceholder('Choose a name to write')).toBeVisible()
  expect((await chat.boundingBox())?.width).toBe(390)
  expect((await chat.boundingBox())?.y).toBeGreaterThan(100)
  await phone.page.getByRole('button', { name: 'Close the chat' }).click()
  const opener = phone.page.getByRole('button', { name: 'Open the chat' })
  await expect(opener, 'on the black around the player').toHaveCSS('color', 'rgb(255, 255, 255)')
  await opener.click()
  await expect(phone.page.getByPlaceholder('Choose a name to write')).toBeVisible()
})
