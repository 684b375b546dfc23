// What is shown in forms that other programs take.
import type { InsightQuery } from '../../api/types';

/** The call for a shell; the key is to be put in by who uses it. */
export function apiCall(origin: string, project: string, query: InsightQuery): string {
  const body = JSON.stringify(query).replaceAll("'", `'\\''`);
  return `curl ${origin}/api/projects/${encodeURIComponent(project)}/query -H "Authorization: Bearer $HEADROOM_READ_KEY" -H 'Content-Type: application/json' -d '${body}'`;
}

/** What styles say of shapes and texts, that a drawing keeps outside of the page. */
const kept = ['fill', 'fill-opacity', 'stroke', 'stroke-width', 'stroke-dasharray', 'stroke-linecap', 'stroke-linejoin', 'opacity', 'font-family', 'font-size', 'font-weight', 'text-anchor', 'font-variant-numeric'];

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
