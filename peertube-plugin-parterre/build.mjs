// Builds dist/: the server's part, the scripts of PeerTube's pages, and the web client with the hashes in its names.
import { build } from 'esbuild'
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const here = import.meta.dirname
const web = process.env['PARTERRE_WEB_DIST'] ?? join(here, '../web/dist')
const dist = join(here, 'dist')

const manifest = join(web, 'manifest.json')
if (!existsSync(manifest)) throw new Error(`${manifest} is not there: build the web client first (make web)`)
const entries = JSON.parse(readFileSync(manifest, 'utf8'))
const files = { chat: entries.chat.file, overlay: entries.overlay.file }

rmSync(dist, { recursive: true, force: true })
mkdirSync(join(dist, 'static/chat/assets'), { recursive: true })
// PeerTube serves static files as they are; its proxy compresses them.
for (const name of readdirSync(join(web, 'assets'))) {
  if (!/\.(br|gz)$/.test(name)) cpSync(join(web, 'assets', name), join(dist, 'static/chat/assets', name))
}
for (const name of ['style.css', 'pages.css']) cpSync(join(here, 'assets', name), join(dist, name))
for (const style of ['chat.css', 'overlay.css']) cpSync(join(here, '../crates/server/src/http/site', style), join(dist, 'static/pages', style))

const shared = { bundle: true, minify: true, legalComments: 'none', logLevel: 'warning', absWorkingDir: here }
await build({
  ...shared,
  minify: false,
  entryPoints: ['src/server/main.ts'],
  outfile: 'dist/server/main.js',
  platform: 'node',
  format: 'cjs',
  target: 'node18',
  define: { CLIENT_FILES: JSON.stringify(files) },
})
await build({
  ...shared,
  entryPoints: ['common', 'video-watch', 'video-edit', 'embed', 'admin-plugin'].map((name) => `src/client/${name}.ts`),
  outdir: 'dist/client',
  format: 'esm',
  target: 'es2022',
})
const pages = ['dock', 'emoji', 'rooms-page', 'channel-page', 'diagnosis-page'].map((name) => `src/client/${name}.ts`)
await build({ ...shared, entryPoints: pages, outdir: 'dist/static/pages', format: 'esm', target: 'es2022' })
