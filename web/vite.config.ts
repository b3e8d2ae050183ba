import { defineConfig } from 'vite'

// Two entries: the chat, and the overlay, which is a page of its own and shares with the chat what both need.
export default defineConfig({
  base: './',
  publicDir: false,
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
