import { modKey } from '../lib/shortcuts';
import { Kbd } from '../ui/controls';
import { Dialog } from '../ui/dialog';
import styles from './Shell.module.css';
import { useViews } from './Shell';

export function ShortcutHelp({ onClose }: { onClose: () => void }) {
  const views = useViews();
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ['Go anywhere by its name', [modKey(), 'K']],
    ...views.map((one) => [`Go to ${one.label}`, ['G', one.key.toUpperCase()]] as const),
    ['Pause or go on, in Live', ['Space']],
    ['Run the statement, in SQL', [modKey(), 'Enter']],
    ['Move through a chart', ['←', '→']],
    ['Close what is open', ['Esc']],
    ['Show this help', ['?']],
  ];
  return (
    <Dialog title="Keyboard shortcuts" onClose={onClose} testId="shortcuts">
      <dl className={styles['shortcuts']}>
        {rows.map(([what, keys]) => (
          <div key={what}>
            <dt>{what}</dt>
            <dd>{keys.map((key) => <Kbd key={key}>{key}</Kbd>)}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
