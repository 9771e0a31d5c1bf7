import preact from '@preact/preset-vite'
import { defineConfig } from 'vite'

const api = process.env.PICKET_API ?? 'http://127.0.0.1:8080'

export default defineConfig({
  plugins: [preact()],
  build: {
    target: 'es2022',
    // Nothing is inlined: a strict content security policy forbids data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/api': api } },
  preview: { proxy: { '/api': api } },
})
