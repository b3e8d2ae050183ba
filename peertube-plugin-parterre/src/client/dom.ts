// Small pieces of a page, made without markup from texts. What is read comes from `translate`.

type Attributes = Readonly<Record<string, string | boolean | undefined>>

export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'string') element.setAttribute(name, value)
    else if (value === true) element.setAttribute(name, '')
  }
  element.append(...children)
  return element
}

export function button(label: string, act: () => unknown, attributes: Attributes = {}): HTMLButtonElement {
  const element = make('button', { type: 'button', class: 'parterre-button', ...attributes }, label)
  element.addEventListener('click', () => void act())
  return element
}
