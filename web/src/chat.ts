// The script that a page loads: it defines <parterre-chat>.

export { ParterreChat, type TokenProvider } from './view/element'
