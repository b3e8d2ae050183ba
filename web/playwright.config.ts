import { defineConfig } from '@playwright/test'

// The built binary, and Debian's Chromium. Each worker has a server of its own; each test has a room of its own.
export default defineConfig({
  testDir: 'e2e',
  globalSetup: './e2e/built.ts',
  outputDir: 'e2e/artifacts',
  fullyParallel: true,
  forbidOnly: true,
  workers: 2,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
  use: {
    browserName: 'chromium',
    viewport: { width: 1000, height: 700 },
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
})
