// Draws src/charts/world.json, the countries of the world map: `npm run world`. The shapes are Natural Earth's (public
// domain), in the Equal Earth projection, each under the two letters of ISO 3166 that events carry. Countries too small
// for a shape at this scale are dots.
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { geoEqualEarth, geoPath } from 'd3-geo';
import countries from 'i18n-iso-countries';
import { feature } from 'topojson-client';

const require = createRequire(import.meta.url);
const width = 1000;

/** Where the shapes have no number of ISO 3166: events there carry the letters of the country that databases place them in. */
const withoutNumber = { Kosovo: 'XK', Somaliland: 'SO', 'N. Cyprus': 'CY' };

function read(scale) {
  const topology = require(`world-atlas/countries-${scale}.json`);
  const shapes = new Map();
  for (const shape of feature(topology, topology.objects.countries).features) {
    const code = shape.id === undefined ? withoutNumber[shape.properties.name] : countries.numericToAlpha2(shape.id);
    if (code === undefined || code === 'AQ') continue;
    shapes.set(code, [...(shapes.get(code) ?? []), shape]);
  }

  return shapes;
}

const coarse = read('110m');
const fine = read('50m');
const world = { type: 'FeatureCollection', features: [...coarse.values()].flat() };
const projection = geoEqualEarth().fitWidth(width, world);
const [[left, top], [right, bottom]] = geoPath(projection).bounds(world);
projection.translate([projection.translate()[0] - left, projection.translate()[1] - top]);
const draw = geoPath(projection);
const largest = (shapes) => shapes
  .flatMap((shape) => (shape.geometry.type === 'MultiPolygon' ? shape.geometry.coordinates.map((coordinates) => ({ type: 'Polygon', coordinates })) : [shape.geometry]))
  .reduce((most, one) => (draw.area(one) > draw.area(most) ? one : most));

/** Whole numbers, each point as its distance from the one before. */
function short(text) {
  return text.replace(/M([^MZ]+)Z/g, (_, points) => {
    let [x, y] = [0, 0];
    const steps = [];
    for (const point of points.split('L')) {
      const [nextX, nextY] = point.split(',').map((one) => Math.round(Number(one) * 2));
      if (steps.length > 0 && nextX === x && nextY === y) continue;
      steps.push(`${String(nextX - x)}${nextY - y < 0 ? '' : ' '}${String(nextY - y)}`);
      [x, y] = [nextX, nextY];
    }

    // Less than a triangle is nothing to see.
    if (steps.length < 3) return '';
    return `m${steps.map((step, index) => (index === 0 || step.startsWith('-') ? step : ` ${step}`)).join('')}z`.replace(/^m/, 'M').replace(/^(M-?\d+ ?-?\d+) ?/, '$1l');
  });
}

const file = { width: Math.ceil(right - left) * 2, height: Math.ceil(bottom - top) * 2, countries: {} };
for (const code of [...new Set([...coarse.keys(), ...fine.keys()])].sort()) {
  const shapes = coarse.get(code);
  const [x, y] = draw.centroid(largest(shapes ?? fine.get(code))).map((one) => Math.round(one * 2));
  file.countries[code] = shapes ? [x, y, short(shapes.map((shape) => draw(shape)).join(''))] : [x, y];
}

await writeFile(path.join(import.meta.dirname, '..', 'src', 'charts', 'world.json'), `${JSON.stringify(file)}\n`);
