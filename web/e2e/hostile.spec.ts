// What hostile people send: shown inert, bounded, attributed.

import { expect, test } from './base'

const TEXTS = {
  markup: '<img src=x onerror="window.hurt=1"><script>window.hurt=1</script><b>bold</b>',
  bidi: 'start \u202Edesrever\u202C end \u2066 open',
  zeroWidth: `a${'\u200B'.repeat(5000)}b`,
  long: 'w'.repeat(10_000),
  emoji: '🎉'.repeat(1_000),
  zalgo: `z${'\u0337\u0322'.repeat(400)}algo`,
  script: 'javascript:alert(1) data:text/html,<script>1</script> https://example.org/"onmouseover="x',
}

test('nothing that is said becomes markup, leaves its row, or passes for the system', async ({ open }) => {
  const ada = await open()
  await ada.takeName('<b>Admin</b>')
  const bo = await open()
  await bo.takeName('Bo')
  await ada.sends([...Object.values(TEXTS), 'the last of them'])
  await bo.sees('the last of them')
  await bo.sees('<b>bold</b>')
  const report = await bo.page.evaluate(() => {
    const root = document.querySelector('parterre-chat')?.shadowRoot
    const log = root?.querySelector('[role=log]')
    const rows = [...(log?.querySelectorAll('li') ?? [])]
    return {
      hurt: 'hurt' in window,
      foreign: log?.querySelectorAll('img, script, iframe, b > *').length,
      links: [...(log?.querySelectorAll('a') ?? [])].map((one) => [one.protocol, one.rel]),
      wide: rows.filter((row) => row.scrollWidth > row.clientWidth + 1).length,
      tallest: Math.max(...rows.map((row) => row.getBoundingClientRect().height)),
      names: log?.querySelectorAll('.name').length,
      page: document.documentElement.scrollWidth <= innerWidth,
    }
  })
  expect(report).toMatchObject({ hurt: false, wide: 0, page: true })
  expect(report.foreign).toBe(0)
  for (const [protocol, rel] of report.links) {
    expect(protocol).toMatch(/^https?:$/)
    expect(rel).toContain('noopener')
  }
  expect(report.tallest).toBeLessThan(400)
  expect(report.names).toBeGreaterThan(0)
  await expect(bo.log.getByText('<b>Admin</b>').first()).toBeVisible()
})
