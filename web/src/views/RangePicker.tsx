import { useState, type SubmitEvent } from 'react';
import { today } from '../lib/dates';
import { formatDate } from '../lib/format';
import { presets, rangeLabel, toQueryRange, type Range } from '../state/range';
import { Button, TextField } from '../ui/controls';
import { Icon } from '../ui/icons';
import { Popover } from '../ui/popover';
import ui from '../ui/ui.module.css';
import styles from './RangePicker.module.css';

interface RangePickerProps {
  range: Range;
  timeZone: string;
  onChange: (range: Range) => void;
  /** What stands for no range at all, where there is such a choice: chosen or not. */
  none?: { label: string; chosen: boolean; onChoose: () => void };
}

export function RangePicker({ range, timeZone, onChange, none }: RangePickerProps) {
  const label = none?.chosen ? none.label : rangeLabel(range, formatDate);
  return (
    <Popover label="Range of time" width={340} height={620}
      trigger={(trigger) => (
        <Button {...trigger} className={ui['trigger']} data-testid="range" aria-label={`Range: ${label}`}>
          <Icon name="calendar" />
          <span>{label}</span>
          <Icon name="chevron" size={14} />
        </Button>
      )}>
      {(close) => (
        <div className={styles['panel']}>
          <ul>
            {none && (
              <li>
                <button type="button" aria-pressed={none.chosen} onClick={() => {
                  none.onChoose();
                  close();
                }}>
                  {none.label}
                  {none.chosen && <Icon name="check" />}
                </button>
              </li>
            )}
            {presets.map((one) => {
              const chosen = !none?.chosen && 'preset' in range && range.preset === one.preset;
              return (
                <li key={one.preset}>
                  <button type="button" aria-pressed={chosen} onClick={() => {
                    onChange({ preset: one.preset });
                    close();
                  }}>
                    {one.label}
                    {chosen && <Icon name="check" />}
                  </button>
                </li>
              );
            })}
          </ul>
          <CustomRange range={range} timeZone={timeZone} onChange={(custom) => {
            onChange(custom);
            close();
          }} />
        </div>
      )}
    </Popover>
  );
}

function CustomRange({ range, timeZone, onChange }: RangePickerProps) {
  const [present] = useState(() => new Date());
  const last = today(timeZone, present);
  const asked = toQueryRange(range, timeZone, present);
  const [from, setFrom] = useState('from' in asked ? asked.from : last);
  const [to, setTo] = useState('from' in asked ? asked.to : last);
  const backwards = from !== '' && to !== '' && to < from;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (!backwards) onChange({ from, to });
  };
  return (
    <form className={styles['custom']} onSubmit={submit}>
      <h3>Calendar dates</h3>
      <div className={styles['dates']}>
        <TextField label="From" type="date" required max="9999-12-31" min="1970-01-01" value={from} onChange={(event) => setFrom(event.target.value)} />
        <TextField label="To" type="date" required max="9999-12-31" min="1970-01-01" value={to} onChange={(event) => setTo(event.target.value)}
          problem={backwards ? 'The end is before the beginning.' : undefined} />
      </div>
      <Button small type="submit" variant="primary">Apply</Button>
    </form>
  );
}
