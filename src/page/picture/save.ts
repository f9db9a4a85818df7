/** Custom properties and other styles do not come along with an SVG, so what is drawn with is written into it. */
const STYLES = [
  'fill', 'fill-opacity', 'stroke', 'stroke-opacity', 'stroke-width', 'stroke-dasharray', 'stroke-linecap',
  'paint-order', 'opacity', 'font-family', 'font-size', 'font-weight', 'text-anchor', 'font-variant-numeric'
] as const

/** The picture as a file of its own, on the ground of the page. */
export function svgOf (picture: SVGSVGElement): string {
  const copy = picture.cloneNode(true)
  if (!(copy instanceof SVGSVGElement)) throw new TypeError('The copy of an SVG is one')
  const originals = picture.querySelectorAll<SVGElement>('*')
  copy.querySelectorAll<SVGElement>('*').forEach((element, index) => {
    const style = getComputedStyle(originals[index]!)
    for (const name of STYLES) element.setAttribute(name, style.getPropertyValue(name))
    for (const name of ['class', 'tabindex', 'id']) if (element.tagName !== 'pattern') element.removeAttribute(name)
  })
  const ground = document.createElementNS('http://www.w3.org/2000/svg', 'rect')
  ground.setAttribute('width', '100%')
  ground.setAttribute('height', '100%')
  ground.setAttribute('fill', getComputedStyle(picture).getPropertyValue('--panel'))
  copy.prepend(ground)
  // As large as it is shown: a browser draws no image of an SVG that does not say how large it is.
  const { width, height } = picture.getBoundingClientRect()
  copy.setAttribute('width', String(width))
  copy.setAttribute('height', String(height))
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  return new XMLSerializer().serializeToString(copy).replace(NOT_XML, '\u{fffd}')
}

/** What a name or a message may have and no XML document: control characters, lone surrogates, noncharacters. */
// eslint-disable-next-line no-control-regex
const NOT_XML = /[\0-\x08\v\f\x0e-\x1f\p{Cs}\ufffe\uffff]/gu

export function saveSvg (picture: SVGSVGElement, name: string): void {
  save(new Blob([svgOf(picture)], { type: 'image/svg+xml' }), `${name}.svg`)
}

/** For slides: twice as many pixels in each direction. */
const PIXELS = 2

export async function savePng (picture: SVGSVGElement | HTMLCanvasElement, name: string): Promise<void> {
  save(await blobOf(picture instanceof HTMLCanvasElement ? picture : await drawn(picture)), `${name}.png`)
}

async function drawn (picture: SVGSVGElement): Promise<HTMLCanvasElement> {
  const image = new Image()
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svgOf(picture))}`
  await image.decode()
  const { width, height } = picture.getBoundingClientRect()
  const canvas = document.createElement('canvas')
  canvas.width = width * PIXELS
  canvas.height = height * PIXELS
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height)
  return canvas
}

function blobOf (canvas: HTMLCanvasElement): Promise<Blob> {
  return new Promise((resolve, reject) => canvas.toBlob(blob => {
    if (blob === null) reject(new Error('The browser cannot write a PNG of this size'))
    else resolve(blob)
  }))
}

function save (blob: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  // The browser reads it after the click.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
