// Packs the plugin, and the program if it has been placed, and installs what was packed into an empty directory without a
// network: nothing is missing, nothing more is in it than has to be, and PeerTube's keys are there. `node scripts/pack.mjs DIR`
// keeps the packages in DIR.
import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const KEYS = ['engine', 'homepage', 'author', 'bugs', 'library', 'staticDirs', 'css', 'clientScripts', 'translations']
const MOST = 400_000

const here = join(import.meta.dirname, '..')
const keep = process.argv[2]
const platform = `${process.platform}-${process.arch}`
const directory = mkdtempSync(join(tmpdir(), 'parterre-pack-'))
const npm = (...parts) => execFileSync('npm', parts, { cwd: directory, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
try {
  const pack = (path) => Object.values(JSON.parse(npm('pack', path, '--json', '--ignore-scripts')))[0]
  const only = (packed, allowed) => {
    const strange = packed.files.map(({ path }) => path).filter((path) => !allowed.test(path))
    if (strange.length > 0) throw new Error(`these do not belong into ${packed.name}: ${strange.join(', ')}`)
  }
  const packed = pack(here)
  if (packed.size > MOST) throw new Error(`the package has ${packed.size} bytes`)
  only(packed, /^(dist|languages)\/|^(LICENSE|README\.md|package\.json)$/)
  const program = existsSync(join(here, 'npm', platform, 'bin/parterre')) ? pack(join(here, 'npm', platform)) : undefined
  if (program) only(program, /^(bin\/parterre|LICENSE|package\.json)$/)
  const packages = [packed, ...(program ? [program] : [])]
  writeFileSync(join(directory, 'package.json'), '{"private":true}')
  // A program's package that was not placed is not there, as on a platform that has none: the plugin loads all the same.
  npm('install', '--offline', '--omit=optional', '--no-audit', '--no-fund', ...packages.map(({ filename }) => `./${filename}`))
  const require = createRequire(join(directory, 'index.js'))
  const manifest = JSON.parse(readFileSync(join(directory, 'node_modules/peertube-plugin-parterre/package.json'), 'utf8'))
  const missing = KEYS.filter((key) => manifest[key] === undefined)
  if (missing.length > 0) throw new Error(`the manifest lacks ${missing.join(', ')}`)
  const { register, unregister } = require('peertube-plugin-parterre/dist/server/main.js')
  if (typeof register !== 'function' || typeof unregister !== 'function') throw new Error('the plugin does not load')
  for (const path of [...manifest.clientScripts.map(({ script }) => script), ...manifest.css, ...Object.values(manifest.translations)]) {
    readFileSync(join(directory, 'node_modules/peertube-plugin-parterre', path))
  }
  if (program) {
    const path = require.resolve(`${program.name}/bin/parterre`)
    const version = execFileSync(path, ['--version'], { encoding: 'utf8' }).trim()
    if (version !== `parterre ${manifest.version}`) throw new Error(`${program.name} holds ${version}, not parterre ${manifest.version}`)
  }
  for (const { filename, size, files } of packages) {
    if (keep) {
      mkdirSync(keep, { recursive: true })
      copyFileSync(join(directory, filename), join(keep, filename))
    }
    console.log(`${filename}: ${size} bytes, ${files.length} files; installs offline and ${filename === packed.filename ? 'loads' : 'runs'}`)
  }
} finally {
  rmSync(directory, { recursive: true, force: true })
}
