import type { TrendsQuery } from '../../api/types';
import { breakdownLabel } from '../../charts/series';
import { propertyLabel } from '../../lib/format';
import { Select } from '../../ui/controls';
import styles from '../insight.module.css';
import { shownValue, valueKey } from './values';

interface ValueSelectProps {
  series: readonly { breakdown: string | null }[] | null | undefined;
  breakdown: TrendsQuery['breakdown'];
  shown: string | null;
  onShow: (key: string | null) => void;
}

/** Which value of a breakdown a picture is of; nothing where there is none. */
export function ValueSelect({ series, breakdown, shown, onShow }: ValueSelectProps) {
  if (!series || !breakdown) return null;
  const name = propertyLabel(breakdown.property);
  const now = shownValue(series, shown);
  return (
    <div className={styles['values']}>
      <Select label={`Value of ${name} that is shown`} value={now ? valueKey(now) : ''} data-testid="shown-value" onChange={(event) => onShow(event.target.value === '' ? null : event.target.value)}>
        <option value="">All together</option>
        {series.map((one) => <option key={valueKey(one)} value={valueKey(one)}>{breakdownLabel(one.breakdown, breakdown.property)}</option>)}
      </Select>
    </div>
  );
}
