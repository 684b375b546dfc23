import { classes } from '../ui/classes';
import { Hidden } from '../ui/controls';
import { Icon } from '../ui/icons';
import { EmptyState } from '../ui/states';
import styles from './Advice.module.css';
import common from './common.module.css';
import { Section } from './Section';
import type { AdvicePiece, CapacityReport } from './types';
import { costText, formatAmount, nothingText } from './words';

/** What to do next, cheapest first, and what to leave. */
export function Advice({ report }: { report: CapacityReport }) {
  const { advice, mistakes } = report;
  const nothing = nothingText(report);
  return (
    <Section title="What to do" explains={['headroom', 'ceiling', 'p99', 'utilisation']} testId="advice">
      {advice.length === 0 ? (
        <EmptyState icon={nothing.good ? 'check' : 'help'} title={nothing.title}>{nothing.text}</EmptyState>
      ) : (
        <ol className={styles['advice']}>
          {advice.map((one, index) => <Piece key={one.id} of={one} number={index + 1} open={index === 0} />)}
        </ol>
      )}
      {mistakes.length > 0 && (
        <div className={styles['mistakes']} data-testid="mistakes">
          <h3>What would not help now</h3>
          <ul>
            {mistakes.map((one) => (
              <li key={one.id}>
                <Icon name="close" />
                <div><strong>{one.title}</strong><p>{one.because}</p></div>
              </li>
            ))}
          </ul>
        </div>
      )}
    </Section>
  );
}

export function Piece({ of, number, open }: { of: AdvicePiece; number: number; open: boolean }) {
  return (
    <li className={styles['adviceItem']} data-testid={`advice-${of.id}`}>
      <span className={styles['number']} aria-hidden="true">{number}</span>
      <div>
        <header>
          <h3>{of.title}</h3>
          <span className={styles['cost']} data-free={of.monthlyCost !== null && of.monthlyCost <= 0}>{costText(of.monthlyCost)}</span>
        </header>
        <p>{of.because}</p>
        {of.expected.length > 0 && (
          <dl className={styles['expected']} aria-label="Expected change">
            {of.expected.map((one) => (
              <div key={one.measure}>
                <dt>{one.measure}</dt>
                <dd>
                  <span>{formatAmount(one.before, one.unit)}</span>
                  <span aria-hidden="true">→</span>
                  <Hidden>becomes</Hidden>
                  <b>{formatAmount(one.after, one.unit)}</b>
                </dd>
              </div>
            ))}
          </dl>
        )}
        <details className={common['more']} open={open}>
          <summary>How to do it, and why it is advised</summary>
          <div className={styles['details']}>
            {of.how.length > 0 && <ol>{of.how.map((one, index) => <li key={index}>{one}</li>)}</ol>}
            {of.evidence.length > 0 && (
              <dl className={common['evidence']} aria-label="Measured">
                {of.evidence.map((one) => (
                  <div key={one.measure}>
                    <dt>{one.measure}</dt>
                    <dd>{formatAmount(one.value, one.unit)}</dd>
                  </div>
                ))}
              </dl>
            )}
            {of.costBasis !== null && <p className={classes(common['note'], styles['price'])}>Price: {of.costBasis}</p>}
          </div>
        </details>
      </div>
    </li>
  );
}
