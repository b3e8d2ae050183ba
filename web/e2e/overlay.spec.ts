// The streamer's overlay against the real room.

import { expect, test } from './base'
import type { Person } from './base'

/** The lines over the video. */
const lines = ({ page }: Person) => page.locator('parterre-overlay p')

test('shows what is said from now on, and nothing of what was', async ({ open, room }) => {
  const ada = await open()
  await ada.takeName('Ada')
  await ada.say('before the show')
  await ada.sees('before the show')
  const overlay = await open(`/overlay/${room}?lifetime=2`)
  await expect(ada.page.getByText('2 here')).toBeVisible()
  await ada.say('!command')
  await ada.say('on the air')
  await expect(lines(overlay)).toHaveText(['Ada on the air'])
  expect(await overlay.page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe('rgba(0, 0, 0, 0)')
  await expect(lines(overlay)).toHaveCount(0)
})

test('turns a line that is written the other way, and believes no markup', async ({ open, room }) => {
  const ada = await open()
  await ada.takeName('Ada')
  const overlay = await open(`/overlay/${room}?names=off&size=40&color=ffe08a`)
  await expect(ada.page.getByText('2 here')).toBeVisible()
  await ada.say('مساء الخير')
  await ada.say('<img src=x onerror=alert(1)>')
  await expect(lines(overlay)).toHaveText(['مساء الخير', '<img src=x onerror=alert(1)>'])
  const styles = await lines(overlay).evaluateAll((found) => found.map((one) => [getComputedStyle(one).direction, getComputedStyle(one).fontSize, getComputedStyle(one).color]))
  expect(styles).toEqual([['rtl', '40px', 'rgb(255, 224, 138)'], ['ltr', '40px', 'rgb(255, 224, 138)']])
})

test('is empty as soon as the connection is lost', async ({ open, room, server }) => {
  const ada = await open()
  await ada.takeName('Ada')
  const overlay = await open(`/overlay/${room}?lifetime=0`)
  await expect(ada.page.getByText('2 here')).toBeVisible()
  await ada.say('still here')
  await expect(lines(overlay)).toHaveCount(1)
  await server.stop('SIGKILL')
  await expect(lines(overlay)).toHaveCount(0)
  await server.start()
  await ada.say('back again')
  await expect(lines(overlay)).toHaveText(['Ada back again'])
})
