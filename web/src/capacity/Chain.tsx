import { classes } from '../ui/classes';
import { Select } from '../ui/controls';
import { Icon } from '../ui/icons';
import { bindingText, bindsText, chainOf, endText, ofProcess, type ChainPart, type PartId } from './chain';
import styles from './Chain.module.css';
import common from './common.module.css';
import { Section } from './Section';
import type { CapacityReport } from './types';
import { busyWords, formatPercent, formatRate } from './words';

interface ChainProps {
  report: CapacityReport;
  /** Whose parts are shown; null for those of all. */
  process: string | null;
  onProcess: (process: string | null) => void;
  onOpen: (part: PartId) => void;
}

/** The way of an event through the server, each part as full as it is; of several processes as full as the fullest. */
export function Chain({ report, process, onProcess, onOpen }: ChainProps) {
  const { chain, shared } = chainOf(ofProcess(report, process));
  const processes = report.processes ?? [];
  const choice = processes.length < 2 ? undefined : (
    <Select label="Process" value={process ?? ''} onChange={(event) => onProcess(event.target.value === '' ? null : event.target.value)} data-testid="process">
      <option value="">All {processes.length} processes</option>
      {processes.map((one) => <option key={one.name} value={one.name}>{one.name}: {one.roles.join(', ')}</option>)}
    </Select>
  );
  return (
    <Section title="Part by part" lead={`${bindingText(report.flows)} Press a part for what it is made of.`} explains={['utilisation', 'binding', 'saturation', 'consumerLag']} actions={choice} testId="chain">
      <ol className={styles['chain']}>
        {chain.map((part, index) => (
          <li key={part.id}>
            {index > 0 && <span className={styles['arrow']} aria-hidden="true"><Icon name="back" size={14} /></span>}
            {part.id === 'sdk' || part.id === 'app' ? (
              <div className={styles['end']}>
                <strong>{part.name}</strong>
                <span>{part.means}</span>
                <span>{endText(part.id, report.flows)}</span>
              </div>
            ) : (
              <PartButton part={part} onOpen={onOpen} elsewhere={process !== null} />
            )}
          </li>
        ))}
      </ol>
      {shared && <div className={styles['shared']}><PartButton part={shared} onOpen={onOpen} /></div>}
      <ul className={common['legend']} aria-hidden="true">
        {(['calm', 'busy', 'full'] as const).map((busy) => <li key={busy}><i data-busy={busy} />{busyRange[busy]}: {busyWords[busy]}</li>)}
        <li><span className={common['first']}>breaks first</span></li>
      </ul>
    </Section>
  );
}

const busyRange = { calm: 'Below 60%', busy: '60–80%', full: 'Above 80%' } as const;

export function PartButton({ part, onOpen, elsewhere = false }: { part: ChainPart; onOpen: (part: PartId) => void; elsewhere?: boolean }) {
  const measured = part.utilisation !== null && part.busy !== null;
  return (
    <button type="button" className={styles['part']} data-busy={part.busy ?? 'none'} data-first={part.binds.length > 0} data-testid={`part-${part.id}`}
      disabled={part.resources.length === 0} onClick={() => onOpen(part.id)}>
      <strong>{part.name}</strong>
      <span className={styles['means']}>{part.means}</span>
      <span className={classes(common['meter'], styles['load'])} data-busy={part.busy ?? 'none'}><i style={{ width: measured ? `${String(Math.min(1, part.utilisation ?? 0) * 100)}%` : 0 }} /></span>
      <span className={styles['percent']}>
        {measured ? (
          <>
            {part.busy === 'full' && <Icon name="warning" size={14} />}
            <b>{formatPercent(part.utilisation ?? 0)}</b> <span>{part.busy !== null && busyWords[part.busy]}</span>
          </>
        ) : elsewhere ? 'not in this process' : 'not measured yet'}
      </span>
      {part.binds.length > 0 && (
        <span className={styles['binds']}>
          <span className={common['first']}>breaks first</span> <em>{bindsText(part)}</em>
        </span>
      )}
      {part.errorsPerSecond > 0 && <span className={styles['failing']}><Icon name="warning" size={14} /> {formatRate(part.errorsPerSecond)} errors/s</span>}
    </button>
  );
}
