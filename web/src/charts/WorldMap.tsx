import { useState, type PointerEvent } from 'react';
import { countryName } from '../lib/countries';
import { formatNumber } from '../lib/format';
import { formatShare } from '../lib/rates';
import { useCells } from '../ui/cells';
import { Hidden } from '../ui/controls';
import styles from './map.module.css';
import { useWidth } from './useWidth';
import { countries, mapHeight, mapWidth, shades, shading, type Country, type MapValue } from './world';

interface WorldMapProps {
  values: readonly MapValue[];
  /** What the values are, such as "visitors". */
  unit: string;
  /** What all of it is, of which a country has a part; null where parts make no sense. */
  whole: number | null;
  format?: (value: number) => string;
  /** In pixels: the map is only as wide as that and its shape allow. As wide as there is room where it is left out. */
  height?: number;
  /** Countries that stand out, such as those that a filter asks for. */
  chosen?: readonly string[];
  /** What a press on a country does, as the end of a sentence. */
  does?: string;
  onSelect?: ((code: string) => void) | undefined;
}

/** What stands below the map and around it, in pixels. */
const foot = 52;

/** The countries by how much of something they have. One stop for Tab: the arrow keys lead from the greatest value to the next. */
export default function WorldMap({ values, unit, whole, format = formatNumber, height, chosen = [], does, onSelect }: WorldMapProps) {
  const [frame, width] = useWidth<HTMLDivElement>();
  const [near, setNear] = useState<string | null>(null);
  const cells = useCells<HTMLDivElement>();
  const { shade, most, elsewhere } = shading(values);
  const of = (code: string) => values.find((one) => one.code === code)?.value ?? 0;
  const said = (code: string) => {
    const value = of(code);
    const share = whole === null || whole === 0 ? '' : `, ${formatShare(value / whole)}`;
    return `${countryName(code)}: ${value > 0 ? `${format(value)} ${unit}${share}` : `no ${unit}`}`;
  };
  const ranked = countries.filter((one) => shade.has(one.code)).sort((a, b) => of(b.code) - of(a.code));
  const under = (event: PointerEvent) => setNear((event.target as Element).getAttribute('data-code'));
  const scale = width / mapWidth;
  return (
    <figure className={styles['map']} data-testid="world-map" style={height === undefined ? undefined : { maxWidth: Math.round((height - foot) * (mapWidth / mapHeight)) }}>
      <div ref={frame} className={styles['frame']} style={{ aspectRatio: `${String(mapWidth)} / ${String(mapHeight)}` }}>
        <svg viewBox={`0 0 ${String(mapWidth)} ${String(mapHeight)}`} aria-hidden="true" data-selects={onSelect !== undefined}
          onPointerMove={under} onPointerDown={under} onPointerLeave={() => setNear(null)}
          onClick={(event) => {
            const code = (event.target as Element).getAttribute('data-code');
            if (code !== null && shade.has(code)) onSelect?.(code);
          }}>
          {countries.map((one) => <Shape key={one.code} country={one} shade={shade.get(one.code)} chosen={chosen.includes(one.code)} near={one.code === near} />)}
        </svg>
        {onSelect && scale > 0 && (
          <div {...cells} className={styles['keys']} role="group" aria-label={`Countries by ${unit}`}>
            {ranked.map(({ code, x, y }) => (
              <button key={code} type="button" data-cell tabIndex={-1} aria-pressed={chosen.includes(code)} aria-label={said(code)} style={{ left: x * scale, top: y * scale }}
                onFocus={() => setNear(code)} onBlur={() => setNear(null)} onClick={() => onSelect(code)} />
            ))}
          </div>
        )}
      </div>
      <figcaption>
        <Hidden>{ranked.length === 0 ? `No country has ${unit}.` : `${ranked.slice(0, 10).map((one) => said(one.code)).join('. ')}.`}</Hidden>
        <span className={styles['said']} aria-hidden="true">
          {near !== null ? <>{said(near)}{does !== undefined && shade.has(near) && <small> · click {does}</small>}</> : elsewhere > 0 ? `${format(elsewhere)} ${unit} from places not known` : ''}
        </span>
        <span className={styles['scale']} aria-hidden="true">
          {Array.from({ length: shades }, (_, index) => <i key={index} data-shade={index + 1} />)}
          {format(most)}
        </span>
      </figcaption>
    </figure>
  );
}

function Shape({ country: { code, x, y, shape }, shade, chosen, near }: { country: Country; shade: number | undefined; chosen: boolean; near: boolean }) {
  const known = { 'data-code': code, 'data-shade': shade, 'data-chosen': chosen, 'data-near': near };
  if (shape !== null) return <path {...known} d={shape} />;
  // A place of a few pixels is drawn where there is something to tell.
  return shade === undefined ? null : <circle {...known} cx={x} cy={y} r={9} />;
}
