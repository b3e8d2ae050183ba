// The diagnosis: what the plugin, the program and the browser find, and what is said of a program that does not run.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import type { Page } from '@playwright/test'

import { test, expect, type Host } from './base'

const step = (page: Page, name: string) => page.getByRole('listitem').filter({ has: page.getByText(name, { exact: true }) })

/** What stands at the top of the settings page. */
async function standing(host: Host): Promise<string> {
  const [first] = (await host.ask('GET', '/api/v1/plugins/settings')) as { html: string }[]
  return first?.html ?? ''
}

test('the whole way is tried and found good, by the plugin, the program and the browser', async ({ open }) => {
  const { page } = await open('/p/parterre/diagnosis', 'root')
  for (const name of [
    'PeerTube and the plugin answer', 'The program is there and fits', 'The program runs', 'Connections are handed over', 'The program answers',
    'The program understands its configuration', 'The program’s socket is there', 'The program is the one that is installed', 'The data can be written to',
    'Nobody else has the data open', 'There is room on the disk', 'The database is whole', 'The clock goes forward', 'Enough files may be open',
    'nginx has ports enough', 'The clocks agree', 'A WebSocket through the public address', 'Login with a token', 'The program sees where you come from',
    'Join', 'Send and receive', 'History', 'BOSH, for networks without WebSocket',
  ]) await expect(step(page, name), name).toHaveClass('parterre-ok')
  await expect(step(page, 'Nobody else has the data open')).toContainText('the running server')
})

test('after a crash the diagnosis and the settings say what ended it, and that it is back', async ({ host, open }) => {
  expect(await standing(host)).toContain('✓ The program runs')
  process.kill(host.program(), 'SIGKILL')
  await expect(async () => expect(await standing(host)).toContain('it was ended by SIGKILL')).toPass()
  await host.up()
  await expect(async () => expect(await standing(host)).toMatch(/! The program runs: Since .* Restarts: 1; last reason: it was ended by SIGKILL/)).toPass()
  const { page } = await open('/p/parterre/diagnosis', 'root')
  await expect(step(page, 'The program runs')).toHaveClass('parterre-warning')
  await expect(step(page, 'The program runs')).toContainText('it was ended by SIGKILL')
  await expect(step(page, 'Send and receive')).toHaveClass('parterre-ok')
})

test('a second program on the same data is told, with the first one named, until that is gone', async ({ host, open }) => {
  const program = readlinkSync(`/proc/${String(host.program())}/exe`)
  await host.post('/host/settings', { 'chat-binary-path': '/nowhere/parterre' })
  const [data, file] = [join(host.directory, 'data/peertube-plugin-parterre'), join(host.directory, 'other.toml')]
  writeFileSync(file, `data_dir = ${JSON.stringify(data)}\n[http]\nlisten = ${JSON.stringify(`unix:${join(host.directory, 'other.sock')}`)}\n`)
  const other = spawn(program, ['serve', '--config', file], { stdio: ['ignore', 'pipe', 'ignore'] })
  await once(other.stdout, 'data')
  try {
    await host.post('/host/settings', { 'chat-binary-path': program })
    await expect(async () => expect(await standing(host)).toContain('in use by another parterre server')).toPass()
    const { page } = await open('/p/parterre/diagnosis', 'root')
    await expect(step(page, 'Nobody else has the data open')).toHaveClass('parterre-wrong')
    await expect(step(page, 'Nobody else has the data open')).toContainText(`process ${String(other.pid)}`)
    await expect(step(page, 'Nobody else has the data open')).toContainText('stop that one')
    await expect(step(page, 'BOSH, for networks without WebSocket')).toHaveCount(0)
  } finally {
    other.kill()
    await once(other, 'exit')
  }
  await host.up()
  expect((await host.config())['active']).toBe(true)
})

test('it speaks the language of whoever reads it, with what differs in its places', async ({ host, browser }) => {
  const context = await browser.newContext({ locale: 'fr-FR' })
  const page = await context.newPage()
  await page.addInitScript(() => localStorage.setItem('user', 'root'))
  await page.goto(`${host.url}/p/parterre/diagnosis`)
  await expect(step(page, 'Le programme fonctionne')).toContainText(`processus ${String(host.program())}`)
  await expect(step(page, 'Personne d’autre n’a ouvert les données')).toHaveClass('parterre-ok')
  await expect(step(page, 'Les adresses des visiteurs arrivent')).toContainText('comme le modèle nginx de PeerTube')
  await expect(step(page, 'Envoyer et recevoir')).toHaveClass('parterre-ok')
  await context.close()
})

test('a program that is an older one and knows no such check is a line of its own', async ({ host, open }) => {
  const old = join(host.directory, 'old')
  const program = readlinkSync(`/proc/${String(host.program())}/exe`)
  writeFileSync(old, `#!/bin/sh\n[ "$1" = check ] && { echo "error: unexpected argument '--json'" >&2; exit 2; }\nexec ${program} "$@"\n`, { mode: 0o755 })
  await host.post('/host/settings', { 'chat-binary-path': old })
  await host.up()
  const { page } = await open('/p/parterre/diagnosis', 'root')
  await expect(step(page, 'The program checks this machine')).toHaveClass('parterre-warning')
  await expect(step(page, 'The program checks this machine')).toContainText('unexpected argument')
  await expect(step(page, 'Send and receive')).toHaveClass('parterre-ok')
})
