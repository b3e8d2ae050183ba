import { defineConfig, type Plugin } from 'vite'

/** Takes out of `css` templates what a browser passes over: a bundler leaves templates as they are. */
function slimStyles(): Plugin {
  const slim = (css: string): string =>
    css
      .replace(/\/\*[^]*?\*\//g, '')
      .replace(/\s+/g, ' ')
      .replace(/ ?([{};,]) ?/g, '$1')
      .replace(/: /g, ':')
      .replace(/;}/g, '}')
  return {
    name: 'slim-styles',
    apply: 'build',
    enforce: 'pre',
    transform: (code, id) =>
      id.includes('/src/') ? code.replace(/\bcss`([^`]*)`/g, (_, css: string) => `css\`${slim(css)}\``) : null,
  }
}

// Two entries: the chat, and the overlay, which is a page of its own and shares with the chat what both need.
export default defineConfig({
  base: './',
  publicDir: false,
  plugins: [slimStyles()],
  build: {
    target: 'es2022',
    manifest: true,
    modulePreload: { polyfill: false },
    cssCodeSplit: true,
    reportCompressedSize: false,
    rolldownOptions: {
      input: { chat: 'src/chat.ts', overlay: 'src/overlay.ts', page: 'pages/page.css' },
      output: {
        entryFileNames: 'assets/[name]-[hash].js',
        chunkFileNames: 'assets/[name]-[hash].js',
        assetFileNames: 'assets/[name]-[hash][extname]',
      },
    },
  },
  test: { environment: 'happy-dom', include: ['tests/**/*.test.ts'] },
})
