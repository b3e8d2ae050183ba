import { defineConfig, type Plugin } from 'vite'

/** Takes out of `css` templates what a browser passes over: a bundler leaves templates as they are. */
function slimStyles(): Plugin {
  const slim = (css: string): string =>
    css
      .replace(/\/\*[^]*?\*\//g, '')
      .replace(/\s+/g, ' ')
      .replace(/ ?([{};,>]) ?/g, '$1')
      .replace(/: /g, ':')
      .replace(/;}/g, '}')
  return {
    name: 'slim-styles',
    apply: 'build',
    enforce: 'pre',
    transform: (code, id) =>
      id.includes('/src/') ? { code: code.replace(/\bcss`([^`]*)`/g, (_, css: string) => `css\`${slim(css)}\``), map: null } : null,
  }
}

/** Modules of others that have nothing to do here, by the ends of their names, and what stands in their place. */
const IDLE = {
  // Parts that load when they are needed import what has come by then: there is nothing to preload.
  '\0vite/preload-helper.js': 'export const __vitePreload = (load) => load()',
  // Every text has an id of its own (a test holds that): none has to be made.
  '/@lit/localize/internal/id-generation.js': 'export const generateMsgId = String',
}

function slimImports(): Plugin {
  return {
    name: 'slim-imports',
    apply: 'build',
    enforce: 'pre',
    load: (id) => Object.entries(IDLE).find(([end]) => id.endsWith(end))?.[1] ?? null,
  }
}

// Two builds, one after the other: `--mode chat`, and `--mode overlay`, which is a page of its own. What both need is in
// each: nobody waits for both, and what comes in one file is compressed together and asked for once.
export default defineConfig(({ mode }) => ({
  base: './',
  publicDir: false,
  plugins: [slimStyles(), slimImports()],
  build: {
    target: 'es2022',
    manifest: `.vite/${mode}.json`,
    emptyOutDir: mode === 'chat',
    modulePreload: false,
    cssCodeSplit: true,
    reportCompressedSize: false,
    rolldownOptions: {
      input: mode === 'overlay' ? { overlay: 'src/overlay.ts' } : { chat: 'src/chat.ts' },
      // Nobody imports anything from an entry: that it need not export it lets it be one with what it imports.
      preserveEntrySignatures: false,
      output: {
        codeSplitting: {
          groups: [
            { name: mode, test: /\.[jt]s$/, tags: ['$initial'] },
            // What menus have in common, and what panels have, is little: it comes at once.
            { name: 'menus', test: /\/(styles\/popups|words\/menus|more-icons|composer\/complete)\.ts$/ },
            { name: 'panels', test: /\/(view\/panel|styles\/panels|words\/panels)\.ts$/ },
          ],
        },
        entryFileNames: 'assets/[name]-[hash].js',
        chunkFileNames: 'assets/[name]-[hash].js',
        assetFileNames: 'assets/[name]-[hash][extname]',
      },
    },
  },
  test: { environment: 'happy-dom', include: ['tests/**/*.test.ts'] },
}))
