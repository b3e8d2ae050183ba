// After Vite: makes scripts smaller still, precompresses what compresses, and writes dist/manifest.json, which the server
// embeds with the assets.
//
// The manifest maps an entry ("chat", "overlay") to its file and to the modules that it imports from the start.
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { minify } from 'terser'

const dist = new URL('../dist/', import.meta.url).pathname
const vite = Object.assign({}, ...['chat', 'overlay'].map((build) => JSON.parse(readFileSync(join(dist, `.vite/${build}.json`), 'utf8'))))

/** Everything that a chunk imports, and what those import, without what loads on demand. */
function imported(key, seen = new Set()) {
  for (const next of vite[key].imports ?? []) {
    if (!seen.has(next)) {
      seen.add(next)
      imported(next, seen)
    }
  }
  return seen
}

/** An entry that does nothing but import one chunk is that chunk: a page can ask for it at once. */
function withoutDetour(key) {
  const [only, ...others] = vite[key].imports ?? []
  const path = join(dist, vite[key].file)
  if (!only || others.length > 0 || !/^\s*import\s*"[^"]+";?\s*$/.test(readFileSync(path, 'utf8'))) return key
  rmSync(path)
  return only
}

const manifest = {}
for (const [key, { isEntry, name = key, css = [] }] of Object.entries(vite)) {
  if (!isEntry) continue
  const chunk = withoutDetour(key)
  manifest[name] = { file: vite[chunk].file, imports: [...imported(chunk)].map((other) => vite[other].file), css }
}
writeFileSync(join(dist, 'manifest.json'), JSON.stringify(manifest, null, 1) + '\n')
rmSync(join(dist, '.vite'), { recursive: true })

/** Compresses in each of the ways in which near distances can be written, and takes the one that turns out the smallest. */
function smallest(bytes) {
  const ways = Array.from({ length: 16 }, (_, direct) => ({
    [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    [constants.BROTLI_PARAM_NDIRECT]: direct,
  }))
  const tried = ways.map((params) => brotliCompressSync(bytes, { params }))
  return tried.reduce((one, other) => (other.length < one.length ? other : one))
}

const assets = join(dist, 'assets')
for (const name of readdirSync(assets)) {
  if (!/\.(js|css|svg|json)$/.test(name)) continue
  let bytes = readFileSync(join(assets, name))
  if (name.endsWith('.js')) {
    // A second look at what the bundler has made small already takes off 700 bytes more of what everybody loads at first.
    const { code } = await minify(bytes.toString(), { module: true, ecma: 2020, compress: { passes: 3 } })
    bytes = Buffer.from(code)
    writeFileSync(join(assets, name), bytes)
  }
  writeFileSync(join(assets, `${name}.br`), smallest(bytes))
  writeFileSync(join(assets, `${name}.gz`), gzipSync(bytes, { level: 9 }))
}
