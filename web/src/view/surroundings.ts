// What the element has to follow of the page around it: its size, the pointer, and whatever changes colours.

/** Where pages put their themes. */
const THEME_ATTRIBUTES = ['class', 'style', 'data-theme', 'data-bs-theme', 'data-pt-theme', 'data-color-scheme']

export class Surroundings {
  width = 0
  height = 0
  readonly #touch = matchMedia('(pointer: coarse)')
  readonly #dark = matchMedia('(prefers-color-scheme: dark)')
  readonly #size: ResizeObserver
  readonly #page: MutationObserver

  /**
   * @param element the element that is followed
   * @param changed told that something is not as it was
   */
  constructor(
    private readonly element: HTMLElement,
    private readonly changed: () => void,
  ) {
    this.#size = new ResizeObserver(([entry]) => {
      if (!entry) return
      ;({ width: this.width, height: this.height } = entry.contentRect)
      changed()
    })
    this.#page = new MutationObserver(changed)
  }

  get touch(): boolean {
    return this.#touch.matches
  }

  watch(): void {
    this.#size.observe(this.element)
    const filter = { attributes: true, attributeFilter: THEME_ATTRIBUTES }
    for (const place of [document.documentElement, document.body, this.element]) this.#page.observe(place, filter)
    this.#touch.addEventListener('change', this.changed)
    this.#dark.addEventListener('change', this.changed)
  }

  forget(): void {
    this.#size.disconnect()
    this.#page.disconnect()
    this.#touch.removeEventListener('change', this.changed)
    this.#dark.removeEventListener('change', this.changed)
  }
}
