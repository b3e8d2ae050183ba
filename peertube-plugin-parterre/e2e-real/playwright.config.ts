import { defineConfig } from '@playwright/test'

import played from '../playwright.config'

// One PeerTube, and one after the other.
const shared = { ...played }
delete shared.globalSetup

export default defineConfig({
  ...shared,
  testDir: '.',
  outputDir: './artifacts',
  fullyParallel: false,
  workers: 1,
  timeout: 180_000,
  use: {
    ...played.use,
    locale: 'en-GB',
    viewport: { width: 1280, height: 800 },
    // The option of the browser itself too, since a service worker asks nobody else.
    ...(process.env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0' && {
      ignoreHTTPSErrors: true,
      launchOptions: { ...played.use?.launchOptions, args: [...(played.use?.launchOptions?.args ?? []), '--ignore-certificate-errors'] },
    }),
  },
})
