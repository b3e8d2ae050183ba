// After Vite: precompresses what compresses, and writes dist/manifest.json, which the server embeds with the assets.
//
// The manifest maps an entry ("chat", "overlay", "page") to its file and to the modules that it imports from the start.
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const dist = new URL('../dist/', import.meta.url).pathname
const vite = JSON.parse(readFileSync(join(dist, '.vite/manifest.json'), 'utf8'))

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

const manifest = {}
for (const [key, chunk] of Object.entries(vite)) {
  if (chunk.isEntry) {
    manifest[chunk.name ?? key] = {
      file: chunk.file,
      imports: [...imported(key)].map((other) => vite[other].file),
      css: chunk.css ?? [],
    }
  }
}
writeFileSync(join(dist, 'manifest.json'), JSON.stringify(manifest, null, 1) + '\n')
rmSync(join(dist, '.vite'), { recursive: true })

const assets = join(dist, 'assets')
for (const name of readdirSync(assets)) {
  if (!/\.(js|css|svg|json)$/.test(name)) continue
  const bytes = readFileSync(join(assets, name))
  const quality = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length }
  writeFileSync(join(assets, `${name}.br`), brotliCompressSync(bytes, { params: quality }))
  writeFileSync(join(assets, `${name}.gz`), gzipSync(bytes, { level: 9 }))
}
