import { useId, type ReactNode } from 'react';
import { classes } from '../ui/classes';
import { IconButton } from '../ui/controls';
import { Popover } from '../ui/popover';
import ui from '../ui/ui.module.css';
import styles from './Section.module.css';
import { terms, type Term } from './words';

interface SectionProps {
  title: string;
  lead?: ReactNode;
  /** What is explained beside the title. */
  explains: readonly Term[];
  actions?: ReactNode;
  /** Whether its content is a row of cards of its own. */
  bare?: boolean;
  testId: string;
  children: ReactNode;
}

/** A part of the page, with its words explained a press away. */
export function Section({ title, lead, explains, actions, bare = false, testId, children }: SectionProps) {
  const id = useId();
  return (
    <section className={classes(styles['section'], !bare && ui['card'])} data-bare={bare} aria-labelledby={id} data-testid={testId}>
      <header>
        <div>
          <h2 id={id}>{title}</h2>
          <Explain what={title} of={explains} />
        </div>
        {lead && <p>{lead}</p>}
        {actions && <div className={styles['sectionActions']}>{actions}</div>}
      </header>
      {children}
    </section>
  );
}

/** What words mean, for whoever does not live among them. */
function Explain({ what, of }: { what: string; of: readonly Term[] }) {
  return (
    <Popover label={`Words of ${what}`} width={340}
      trigger={(trigger) => <IconButton {...trigger} small icon="help" label={`What the words mean: ${what}`} />}>
      {() => (
        // A scrolling region must be reachable by keyboard.
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <div className={styles['terms']} tabIndex={0} role="region" aria-label="Words">
          <dl>
            {of.map((term) => (
              <div key={term}>
                <dt>{terms[term][0]}</dt>
                <dd>{terms[term][1]}</dd>
              </div>
            ))}
          </dl>
        </div>
      )}
    </Popover>
  );
}
