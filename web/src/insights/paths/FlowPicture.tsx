import { useMemo, useState } from 'react';
import type { PathEdge, PathsResult } from '../../api/types';
import { useWidth } from '../../charts/useWidth';
import { eventLabel, formatCompact, formatNumber, plural } from '../../lib/format';
import { formatDuration, formatShare } from '../../lib/rates';
import { Button, Hidden } from '../../ui/controls';
import { Popover } from '../../ui/popover';
import styles from '../insight.module.css';
import { layOut, middle, ribbon, summarisePaths, type Flow, type FlowNode } from './layout';
import own from './paths.module.css';
import type { PathsState } from './state';

const nodeWidth = 8;
const top = 26;

/** Fingers need more room than pointers. */
function pitch(): number {
  return window.matchMedia('(pointer: coarse)').matches ? 42 : 30;
}

interface FlowPictureProps {
  result: Pick<PathsResult, 'ways' | 'edges'>;
  /** What is asked, to be changed from the picture; left out where it is only looked at. */
  editing?: Editing;
  /** Shows the persons behind an edge. */
  onSelect?: ((edge: PathEdge) => void) | undefined;
}

interface Editing {
  state: PathsState;
  onChange: (changed: Partial<PathsState>) => void;
}

/** Steps as bars, a column for each place in the way, and ribbons between as wide as ways take them. Both can be pressed; the edges stand in the table too. */
export function FlowPicture({ result, editing, onSelect }: FlowPictureProps) {
  const [frame, width] = useWidth<HTMLDivElement>();
  const flow = useMemo(
    () => layOut(result.edges, { width, columnWidth: 168, nodeWidth, pitch: pitch(), gap: 12, body: 330 }),
    [result.edges, width],
  );
  return (
    <figure className={styles['figure']}>
      <div ref={frame} className={own['frame']} style={{ minHeight: top + 330 }}>
        {width > 0 && <Drawing flow={flow} result={result} {...(editing ? { editing } : {})} onSelect={onSelect} />}
      </div>
      <figcaption><Hidden>{summarisePaths(flow, result.ways)}</Hidden></figcaption>
    </figure>
  );
}

function Drawing({ flow, result, editing, onSelect }: FlowPictureProps & { flow: Flow }) {
  const [active, setActive] = useState<string | null>(null);
  const columns = Math.max(...flow.nodes.map((one) => one.step), 0);
  const columnWidth = flow.width / columns;
  return (
    <div className={own['flow']} style={{ width: flow.width, height: top + flow.height }} data-testid="flow" data-active={active !== null}
      onPointerLeave={() => setActive(null)}>
      <svg width={flow.width} height={top + flow.height} aria-hidden="true">
        {Array.from({ length: columns }, (_, index) => (
          <text key={index} className={own['heading']} x={index * columnWidth} y={12}>Step {index + 1}</text>
        ))}
        <g transform={`translate(0 ${String(top)})`}>
          {flow.links.map((one) => (
            <path key={one.key} className={own['link']} d={ribbon(one, nodeWidth)} strokeWidth={one.width}
              data-on={active === one.from.key || active === one.to.key || active === one.key} onPointerEnter={() => setActive(one.key)} onClick={onSelect && (() => onSelect(one.edge))}>
              <title>{`${eventLabel(one.edge.from)} → ${eventLabel(one.edge.to)}: ${plural(one.edge.count, 'way')}, ${formatDuration(one.edge.meanSeconds)} on average`}</title>
            </path>
          ))}
          {flow.nodes.map((one) => (
            <rect key={one.key} className={own['node']} x={one.x} y={one.y} width={nodeWidth} height={one.height} rx={2} />
          ))}
        </g>
      </svg>
      {flow.nodes.map((one) => (
        <StepButton key={one.key} node={one} ways={result.ways} width={columnWidth - nodeWidth - 14} editing={editing}
          onActive={(on) => setActive(on ? one.key : null)} />
      ))}
    </div>
  );
}

interface StepButtonProps {
  node: FlowNode;
  ways: number;
  width: number;
  editing: Editing | undefined;
  onActive: (on: boolean) => void;
}

function StepButton({ node, ways, width, editing, onActive }: StepButtonProps) {
  const label = eventLabel(node.name);
  const fixed = node.name === middle;
  return (
    <Popover label={label} width={250}
      trigger={(trigger) => (
        <button type="button" {...trigger} className={own['step']} style={{ left: node.x + nodeWidth + 4, top: top + node.y + node.height / 2, maxWidth: width }}
          title={node.name}
          onPointerEnter={() => onActive(true)} onFocus={() => onActive(true)} onBlur={() => onActive(false)}>
          <Hidden>Step {node.step}: </Hidden>
          <span>{label}</span>
          <b>{formatCompact(node.count)}<Hidden> ways</Hidden></b>
        </button>
      )}>
      {(close) => {
        const press = (changed: Partial<PathsState>) => {
          close();
          editing?.onChange(changed);
        };
        return (
          <div className={own['card']}>
            <h3>{label}</h3>
            <p>{plural(node.count, 'way')} at step {node.step}, {formatShare(ways > 0 ? node.count / ways : null)} of all</p>
            {node.ended > 0 && <p>{formatNumber(node.ended)} end here, or go on by an edge that is not shown</p>}
            {!fixed && editing && (
              <div>
                {editing.state.start !== node.name && <Button small variant="ghost" onClick={() => press({ start: node.name })}>Only ways from here on</Button>}
                {editing.state.end !== node.name && <Button small variant="ghost" onClick={() => press({ end: node.name })}>Only ways up to here</Button>}
                <Button small variant="ghost" onClick={() => press({ leave: [...editing.state.leave, node.name] })}>Leave this step out</Button>
              </div>
            )}
          </div>
        );
      }}
    </Popover>
  );
}
