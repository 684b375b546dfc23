// What is shown in forms that other programs take.
import type { InsightQuery } from '../../api/types';

/** The call for a shell; the key is to be put in by who uses it. */
export function apiCall(origin: string, project: string, query: InsightQuery): string {
  const body = JSON.stringify(query).replaceAll("'", `'\\''`);
  return `curl ${origin}/api/projects/${encodeURIComponent(project)}/query -H "Authorization: Bearer $HEADROOM_READ_KEY" -H 'Content-Type: application/json' -d '${body}'`;
}

/** What styles say of shapes and texts, that a drawing keeps outside of the page. */
const kept = ['fill', 'fill-opacity', 'stroke', 'stroke-width', 'stroke-dasharray', 'stroke-linecap', 'stroke-linejoin', 'opacity', 'font-family', 'font-size', 'font-weight', 'text-anchor', 'font-variant-numeric'];

/** What is drawn in a part of the page as an image, twice as fine as on the screen, on the ground of its card. */
export async function pngOf(part: HTMLElement): Promise<Blob> {
  const { toBlob } = await import('html-to-image');
  const ground = getComputedStyle(part.closest('section') ?? part).backgroundColor;
  // The library takes drawings as they are, without what style sheets say of them: that is written onto them meanwhile.
  const shapes = [...part.querySelectorAll<SVGElement>('svg, svg *')].map((shape) => ({ shape, own: shape.getAttribute('style') }));
  for (const { shape } of shapes) {
    const style = getComputedStyle(shape);
    for (const name of kept) shape.style.setProperty(name, style.getPropertyValue(name));
  }

  const image = await toBlob(part, { pixelRatio: 2, backgroundColor: ground, skipFonts: true }).finally(() => {
    for (const { shape, own } of shapes) {
      if (own === null) shape.removeAttribute('style');
      else shape.setAttribute('style', own);
    }
  });
  if (image === null) throw new Error('This browser cannot turn the picture into an image. Save it as SVG, or take a screenshot.');
  return image;
}

/** A drawing as a file of its own: with the colours of the theme it is looked at in, on the ground of its card. */
export function svgText(svg: SVGSVGElement): string {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const originals = [svg, ...svg.querySelectorAll('*')];
  [copy, ...copy.querySelectorAll('*')].forEach((one, index) => {
    const style = getComputedStyle(originals[index] ?? svg);
    for (const name of kept) one.setAttribute(name, style.getPropertyValue(name));
    one.removeAttribute('class');
    one.removeAttribute('style');
  });
  const { width, height } = svg.getBoundingClientRect();
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  copy.setAttribute('viewBox', `-12 -12 ${String(width + 24)} ${String(height + 24)}`);
  const ground = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
  for (const [name, value] of Object.entries({ x: -12, y: -12, width: width + 24, height: height + 24 })) ground.setAttribute(name, String(value));
  ground.setAttribute('fill', getComputedStyle(svg.closest('section') ?? svg).backgroundColor);
  copy.prepend(ground);
  return new XMLSerializer().serializeToString(copy);
}
