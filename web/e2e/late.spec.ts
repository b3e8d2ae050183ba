// Parts that load when they are needed, from a server that may have been away for a moment, or renewed for good.

import { expect, reveal, test } from './base'

const PART = /\/assets\/(?!chat-)[\w-]+\.js$/

test('a part that does not come at once is asked for again', async ({ open }) => {
  const ada = await open()
  await ada.takeName('Ada')
  let refused = 0
  await ada.page.route(/\/assets\/picker-/, (route) => {
    refused += 1
    return refused === 1 ? route.abort('connectionrefused') : route.continue()
  })
  await ada.page.getByRole('button', { name: 'Emoji' }).click()
  await expect(ada.page.getByPlaceholder('Search')).toBeVisible()
  expect(refused).toBe(2)
  await expect(ada.page.getByText('could not be loaded')).toHaveCount(0)
})

test('a part that is gone is said to be, wherever it is asked for, and a reload brings the new one and keeps what was typed', async ({ open, owner }) => {
  const host = await owner()
  await host.say('welcome in')
  const ada = await open()
  await ada.takeName('Ada')
  await ada.sees('welcome in')
  const { page } = ada
  // As from a server that was built anew since: the address is of a part that it does not have.
  await page.route(PART, (route) => route.fulfill({ status: 404 }))
  const said = page.getByText('Part of the chat could not be loaded')
  await page.getByRole('button', { name: 'People' }).first().click()
  await expect(said).toBeVisible()
  await ada.field.fill('half a thou')
  await ada.sees('welcome in')
  for (const name of ['Emoji', 'Menu']) {
    await page.getByRole('button', { name }).click()
    await expect(said).toBeVisible()
  }
  await ada.row('welcome in').click()
  await expect(page.getByRole('toolbar')).toHaveCount(0)
  await page.getByRole('button', { name: 'Reload' }).click()
  await page.unroute(PART)
  await expect(ada.field).toHaveValue('half a thou')
  await expect(said).toHaveCount(0)
  await reveal(ada, 'welcome in')
})

test('what was missing is not spoken of any more once it has come', async ({ open }) => {
  const ada = await open()
  await ada.takeName('Ada')
  const { page } = ada
  await page.route(PART, (route) => route.abort('connectionrefused'))
  await page.getByRole('button', { name: 'Menu' }).click()
  await expect(page.getByText('Part of the chat could not be loaded')).toBeVisible()
  await page.unroute(PART)
  await page.getByRole('button', { name: 'Menu' }).click()
  await expect(page.getByRole('menuitem', { name: 'Settings' })).toBeVisible()
  await expect(page.getByText('Part of the chat could not be loaded')).toHaveCount(0)
})
