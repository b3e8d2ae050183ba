// What the diagnosis says, in English, which is also the key by which PeerTube translates it. {0}, {1} … stand for what differs. What
// the program itself says of the machine stays in English: it is the same that `parterre check` prints, to be looked up and passed on.

import type { Check, Sentence, Verdict } from './answers'

export const TEXT = {
  trying: 'The whole way is being tried.',
  answers: 'PeerTube and the plugin answer',
  milliseconds: '{0} ms',
  clocks: 'The clocks agree',
  apart: '{0} s apart',
  clocksDo: 'Let the server’s clock be set by NTP (timedatectl set-ntp true), or correct this device’s.',
  addresses: 'Addresses of visitors arrive',
  noProxy: 'No proxy says where visitors come from; this one seems to come from {0}.',
  noProxyDo: 'If there is a proxy in front of PeerTube, it has to send X-Forwarded-For, as PeerTube’s nginx template does. Otherwise all visitors count as one.',
  program: 'The program is there and fits',
  programIs: '{0}, version {1}',
  programSought: 'It is being looked for.',
  pathDo: 'Correct “Path of the program” in the settings, or empty it.',
  packageDo: 'Optional dependencies were left out when the plugin was installed. Install the plugin again, or install the program by hand and set “Path of the program”.',
  buildDo: 'Build Parterre from its sources on this machine, and set “Path of the program”.',
  elsewhereDo: 'Its file system is mounted with noexec, or a security module forbids it: put the program elsewhere, such as /usr/local/bin, and set “Path of the program”.',
  againDo: 'Install the plugin again.',
  processorDo: 'Install the program for this machine’s processor.',
  runs: 'The program runs',
  since: 'Since {0}, version {1}, process {2}.',
  sinceAgain: 'Since {0}, version {1}, process {2}. Restarts: {3}; last reason: {4}.',
  waits: 'It does not run: {0}. Restarts: {1}.',
  waitsDo: 'It is started again by itself. See PeerTube’s log for what it said.',
  starting: 'It is starting.',
  stopped: 'It is stopped.',
  soonDo: 'Load this page again in some seconds.',
  handedOver: 'Connections are handed over',
  counts: '{0} handed over, {1} carried by PeerTube.',
  notHandedOver: 'No: {0}. {1} handed over, {2} carried by PeerTube.',
  untried: 'it was not tried',
  proxyDo: 'Set “How connections reach it” to “The best way that works”.',
  carriedDo: 'The chat works, but PeerTube carries its bytes. Restart PeerTube; if it stays so, report the reason above.',
  active: 'Some videos have a chat',
  inactive: 'The settings give none a chat.',
  inactiveDo: 'Tick one of “Which videos have a chat”.',
  api: 'The program answers',
  status: 'Connections: {0}. Rooms: {1}. People in them: {2}.',
  apiDo: 'See whether the program runs, above.',
  machine: 'The program checks this machine',
  machineLate: 'It did not answer within {0} s.',
  machineNot: 'It could not: {0}.',
  machineDo: 'Install the program of the same version as the plugin. By hand: parterre check.',
  configuration: 'The program understands its configuration',
  secrets: 'Secrets cannot be guessed',
  data: 'The data can be written to',
  lock: 'Nobody else has the data open',
  disk: 'There is room on the disk',
  database: 'The database is whole',
  clock: 'The clock goes forward',
  socket: 'The program’s socket is there',
  version: 'The program is the one that is installed',
  files: 'Enough files may be open',
  ports: 'nginx has ports enough',
  webSocket: 'A WebSocket through the public address',
  webSocketDo: 'The proxy in front of PeerTube has to pass WebSockets below /plugins/…/ws/, as PeerTube’s nginx template does: proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade"; proxy_http_version 1.1. With a location of the chat’s own: nginx -T | parterre check --nginx -',
  refuses: '{0} refuses a WebSocket.',
  silent: 'No answer within {0} s.',
  login: 'Login with a token',
  loginDo: 'Are the clocks of this machine and the browser right? Restart the chat’s program.',
  loginNot: 'The program does not take the token.',
  address: 'The program sees where you come from',
  addressNot: 'It takes you for {0}, and PeerTube for {1}.',
  addressDo: 'The proxy has to send X-Forwarded-For with WebSockets, too: proxy_set_header X-Forwarded-For $remote_addr;',
  join: 'Join',
  joinNot: 'The room refused: {0}',
  message: 'Send and receive',
  messageDo: 'See whether there is room on the disk.',
  history: 'History',
  bosh: 'BOSH, for networks without WebSocket',
  boshDo: 'nginx has to pass POST requests to /plugins/ to PeerTube.',
  boshNot: 'Answered {0} without a session.',
  log: 'See PeerTube’s log.',
} as const

/** Puts what differs into its places. */
export function fill({ text, values }: Sentence): string {
  return text.replace(/\{(\d)\}/g, (place, at: string) => values[Number(at)] ?? place)
}

/** A line of the diagnosis whose detail is one of these sentences. */
export function line(name: string, verdict: Verdict, text: string, values: readonly string[] = [], remedy?: string): Check {
  const sentence = { text, values }
  return { name, verdict, detail: fill(sentence), sentence, ...(remedy ? { remedy } : {}) }
}
