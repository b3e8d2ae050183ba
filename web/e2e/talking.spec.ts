// The heart of it: people open the page, read, take a name, write, are cut off and come back.

import { expect, test } from './base'

test('two browsers talk, and a third reads what was said before', async ({ open }) => {
  const ada = await open()
  await ada.takeName('Ada')
  const bo = await open()
  await bo.takeName('Bo')
  await ada.say('good evening')
  await bo.sees('good evening')
  await bo.say('hello Ada')
  await ada.sees('hello Ada')
  const late = await open()
  await late.sees('good evening')
  await late.sees('hello Ada')
  await expect(late.nameField).toBeVisible()
})

test('the name is kept for the next visit', async ({ open }) => {
  const ada = await open()
  await ada.takeName('Ada')
  await ada.page.reload()
  await expect(ada.page.getByPlaceholder('Write as Ada')).toBeVisible()
})

test('who is cut off comes back and misses nothing', async ({ open, server }) => {
  const ada = await open()
  await ada.takeName('Ada')
  const bo = await open()
  await bo.takeName('Bo')
  await ada.context.setOffline(true)
  await bo.say('said meanwhile')
  await bo.sees('said meanwhile')
  await ada.context.setOffline(false)
  await ada.sees('said meanwhile')
  await server.stop('SIGKILL')
  await server.start()
  await bo.say('after the crash')
  await ada.sees('after the crash')
  await expect(ada.row('said meanwhile')).toHaveCount(1)
})
