// Packs the plugin, and installs what was packed into an empty directory without a network: nothing is missing, nothing more is
// in it than has to be, and PeerTube's keys are there.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const KEYS = ['engine', 'homepage', 'author', 'bugs', 'library', 'staticDirs', 'css', 'clientScripts', 'translations']
const MOST = 400_000

const here = join(import.meta.dirname, '..')
const directory = mkdtempSync(join(tmpdir(), 'parterre-pack-'))
const npm = (...parts) => execFileSync('npm', parts, { cwd: directory, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
try {
  const [packed] = Object.values(JSON.parse(npm('pack', here, '--json', '--ignore-scripts')))
  if (packed.size > MOST) throw new Error(`the package has ${packed.size} bytes`)
  const strange = packed.files.map(({ path }) => path).filter((path) => !/^(dist|languages)\/|^(LICENSE|README\.md|package\.json)$/.test(path))
  if (strange.length > 0) throw new Error(`these do not belong into the package: ${strange.join(', ')}`)
  writeFileSync(join(directory, 'package.json'), '{"private":true}')
  // The programs are packages of their own, which are not there offline: as where the platform has none.
  npm('install', '--offline', '--omit=optional', '--no-audit', '--no-fund', `./${packed.filename}`)
  const require = createRequire(join(directory, 'index.js'))
  const manifest = JSON.parse(readFileSync(join(directory, 'node_modules/peertube-plugin-parterre/package.json'), 'utf8'))
  const missing = KEYS.filter((key) => manifest[key] === undefined)
  if (missing.length > 0) throw new Error(`the manifest lacks ${missing.join(', ')}`)
  const { register, unregister } = require('peertube-plugin-parterre/dist/server/main.js')
  if (typeof register !== 'function' || typeof unregister !== 'function') throw new Error('the plugin does not load')
  for (const path of [...manifest.clientScripts.map(({ script }) => script), ...manifest.css, ...Object.values(manifest.translations)]) {
    readFileSync(join(directory, 'node_modules/peertube-plugin-parterre', path))
  }
  console.log(`${packed.filename}: ${packed.size} bytes, ${packed.files.length} files; installs offline and loads`)
} finally {
  rmSync(directory, { recursive: true, force: true })
}
