// HSLuv (hsluv.org, revision 4): a hue, how much of the colour that a screen can show, and a lightness that alone decides
// the luminance. So every hue of one lightness has the same contrast.

/** Linear RGB from XYZ (sRGB, D65). */
const MATRIX = [
  [3.240969941904521, -1.537383177570093, -0.498610760293],
  [-0.96924363628087, 1.87596750150772, 0.041555057407175],
  [0.055630079696993, -0.20397695888897, 1.056971514242878],
] as const
const REF_U = 0.19783000664283
const REF_V = 0.46831999493879
const KAPPA = 903.2962962
const EPSILON = 0.0088564516

/** Red, green, blue, each 0 to 255. */
export type Rgb = readonly [number, number, number]

/** Luminance (0 to 1) of a lightness (0 to 100). */
export function luminanceOf(lightness: number): number {
  return lightness > 8 ? ((lightness + 16) / 116) ** 3 : lightness / KAPPA
}

/** Lightness (0 to 100) of a luminance (0 to 1). */
export function lightnessOf(luminance: number): number {
  return luminance > EPSILON ? 116 * Math.cbrt(luminance) - 16 : luminance * KAPPA
}

/** Relative luminance of a colour (WCAG 2.2). */
export function relativeLuminance([red, green, blue]: Rgb): number {
  return 0.2126 * linear(red / 255) + 0.7152 * linear(green / 255) + 0.0722 * linear(blue / 255)
}

/** The most chroma that a screen can show, of a lightness and a hue in radians. */
function mostChroma(lightness: number, hue: number): number {
  const sub1 = (lightness + 16) ** 3 / 1560896
  const sub2 = sub1 > EPSILON ? sub1 : lightness / KAPPA
  let most = Infinity
  for (const [m1, m2, m3] of MATRIX) {
    for (const t of [0, 1]) {
      const top1 = (284517 * m1 - 94839 * m3) * sub2
      const top2 = (838422 * m3 + 769860 * m2 + 731718 * m1) * lightness * sub2 - 769860 * t * lightness
      const bottom = (632260 * m3 - 126452 * m2) * sub2 + 126452 * t
      const length = top2 / bottom / (Math.sin(hue) - (top1 / bottom) * Math.cos(hue))
      if (length >= 0) most = Math.min(most, length)
    }
  }
  return most
}

/**
 * The colour.
 *
 * @param hue degrees
 * @param saturation 0 to 100: of the chroma that can be shown
 * @param lightness 0 to 100
 * @param chroma the most chroma, whatever the saturation
 */
export function hsluv(hue: number, saturation: number, lightness: number, chroma = Infinity): Rgb {
  if (lightness > 99.9999999) return [255, 255, 255]
  if (lightness < 0.00000001) return [0, 0, 0]
  const radians = (hue / 180) * Math.PI
  const c = Math.min(chroma, (mostChroma(lightness, radians) * saturation) / 100)
  const u = (Math.cos(radians) * c) / (13 * lightness) + REF_U
  const v = (Math.sin(radians) * c) / (13 * lightness) + REF_V
  const y = luminanceOf(lightness)
  const x = (9 * y * u) / (4 * v)
  const z = (9 * y - 15 * v * y - v * x) / (3 * v)
  const channel = ([m1, m2, m3]: readonly [number, number, number]): number =>
    Math.round(Math.min(1, Math.max(0, gamma(m1 * x + m2 * y + m3 * z))) * 255)
  return [channel(MATRIX[0]), channel(MATRIX[1]), channel(MATRIX[2])]
}

const gamma = (share: number): number => (share <= 0.0031308 ? 12.92 * share : 1.055 * share ** (1 / 2.4) - 0.055)
const linear = (share: number): number => (share > 0.04045 ? ((share + 0.055) / 1.055) ** 2.4 : share / 12.92)

/** As CSS writes it. */
export function hex(colour: Rgb): string {
  return `#${colour.map((part) => part.toString(16).padStart(2, '0')).join('')}`
}
