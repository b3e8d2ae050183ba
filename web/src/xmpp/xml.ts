// Writing and reading XML.
//
// Enters: texts from people, frames from a server. Leaves: markup in which every text is escaped, and elements that
// the browser's own parser made. Nothing here evaluates or renders what it reads.

/** Markup that is safe to send: only {@link xml} makes it. */
export class Markup {
  constructor(readonly text: string) {}
}

/** What may stand in a template: markup stands as it is, texts are escaped, what is absent leaves nothing. */
type Part = Markup | string | number | undefined | null | false | readonly Part[]

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' }

// What XML 1.0 §2.2 cannot carry, however it is escaped; read by code points, so that only halves of a pair are halves.
const UNCARRIED = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff\ufffe\uffff]/gu

/** What of a text arrives: without characters that XML cannot carry. */
export const carried = (text: string): string => text.replace(UNCARRIED, '')

/** The text as it may stand in an attribute or between tags; what cannot be carried is left out. */
export function escape(text: string): string {
  return carried(text).replace(/[&<>"']/g, (found) => ENTITIES[found] ?? '')
}

function write(part: Part): string {
  if (part instanceof Markup) return part.text
  if (typeof part === 'string') return escape(part)
  if (typeof part === 'number') return String(part)
  return Array.isArray(part) ? (part as readonly Part[]).map(write).join('') : ''
}

/** Tag of a template: `xml\`<body>${text}</body>\`` escapes the text. */
export function xml(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(strings.reduce((text, next, index) => text + write(parts[index - 1]) + next))
}

const parser = new DOMParser()

/** The element that a frame holds, or `undefined` if it is not well-formed. */
export function parse(frame: string): Element | undefined {
  const root = parser.parseFromString(frame, 'text/xml').documentElement
  return root.localName === 'parsererror' || root.getElementsByTagName('parsererror').length > 0 ? undefined : root
}

/** The first child of that name and namespace; without a namespace, that of the element itself. */
export function child(element: Element | undefined, name: string, ns?: string): Element | undefined {
  if (!element) return undefined
  const wanted = ns ?? element.namespaceURI
  for (const one of element.children) if (one.localName === name && one.namespaceURI === wanted) return one
  return undefined
}

/** All children of that name and namespace. */
export function children(element: Element | undefined, name: string, ns?: string): Element[] {
  if (!element) return []
  const wanted = ns ?? element.namespaceURI
  return [...element.children].filter((one) => one.localName === name && one.namespaceURI === wanted)
}

/** The text of a child, if there is one. */
export function text(element: Element | undefined, name: string, ns?: string): string | undefined {
  return child(element, name, ns)?.textContent ?? undefined
}

/** An attribute, if it is there and not empty. */
export function attr(element: Element | undefined, name: string): string | undefined {
  return element?.getAttribute(name) ?? undefined
}
