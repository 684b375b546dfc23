import { useId, type ButtonHTMLAttributes, type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes } from 'react';
import { classes } from './classes';
import { Icon, type IconName } from './icons';
import styles from './ui.module.css';

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  variant?: 'secondary' | 'primary' | 'ghost' | 'danger';
  small?: boolean;
  icon?: IconName;
}

export function buttonClass(variant: ButtonProps['variant'] = 'secondary', small = false, iconOnly = false): string {
  return classes(
    styles['button'],
    variant !== 'secondary' && styles[variant],
    small && styles['small'],
    iconOnly && styles['icon'],
  );
}

export function Button({ variant = 'secondary', small = false, icon, children, className, ...rest }: ButtonProps) {
  return (
    <button type="button" {...rest} className={classes(buttonClass(variant, small), className)}>
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

/** A button that shows only an icon; its label is its name and its tooltip. */
export function IconButton({ label, icon, variant = 'ghost', small = false, className, ...rest }: ButtonProps & { label: string; icon: IconName }) {
  return (
    <button type="button" title={label} aria-label={label} {...rest} className={classes(buttonClass(variant, small, true), className)}>
      <Icon name={icon} />
    </button>
  );
}

interface FieldProps {
  label: string;
  hint?: ReactNode;
  problem?: string | undefined;
}

export function TextField({ label, hint, problem, ...rest }: FieldProps & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId();
  const described = [hint ? `${id}-hint` : '', problem ? `${id}-problem` : ''].filter(Boolean).join(' ');
  return (
    <div className={styles['field']}>
      <label className={styles['label']} htmlFor={id}>{label}</label>
      <input {...rest} id={id} className={styles['input']} data-focus={rest.autoFocus} aria-invalid={problem ? true : undefined}
        aria-describedby={described === '' ? undefined : described} />
      {hint && <p id={`${id}-hint`} className={styles['hint']}>{hint}</p>}
      {problem && <p id={`${id}-problem`} className={styles['problem']}>{problem}</p>}
    </div>
  );
}

export function SelectField({ label, hint, children, ...rest }: FieldProps & SelectHTMLAttributes<HTMLSelectElement>) {
  const id = useId();
  return (
    <div className={styles['field']}>
      <label className={styles['label']} htmlFor={id}>{label}</label>
      <select {...rest} id={id} className={styles['select']} aria-describedby={hint ? `${id}-hint` : undefined}>{children}</select>
      {hint && <p id={`${id}-hint`} className={styles['hint']}>{hint}</p>}
    </div>
  );
}

export function Select({ label, className, ...rest }: { label: string } & SelectHTMLAttributes<HTMLSelectElement>) {
  return <select aria-label={label} {...rest} className={classes(styles['select'], className)} />;
}

export function Checkbox({ label, ...rest }: { label: ReactNode } & InputHTMLAttributes<HTMLInputElement>) {
  return (
    <label className={styles['check']}>
      <input {...rest} type="checkbox" />
      {label}
    </label>
  );
}

interface SegmentsProps<T extends string> {
  label: string;
  value: T;
  options: readonly { value: T; label: string; icon?: IconName }[];
  onChange: (value: T) => void;
  iconsOnly?: boolean;
}

export function Segments<T extends string>({ label, value, options, onChange, iconsOnly = false }: SegmentsProps<T>) {
  const name = useId();
  return (
    <fieldset className={styles['segments']}>
      <legend className={styles['hidden']}>{label}</legend>
      {options.map((option) => (
        <label key={option.value} className={styles['segment']} title={iconsOnly ? option.label : undefined}>
          <input type="radio" name={name} value={option.value} checked={option.value === value}
            aria-label={option.label} onChange={() => onChange(option.value)} />
          <span aria-hidden="true">
            {option.icon && <Icon name={option.icon} />}
            {!iconsOnly && option.label}
          </span>
        </label>
      ))}
    </fieldset>
  );
}

export function Hidden({ children }: { children: ReactNode }) {
  return <span className={styles['hidden']}>{children}</span>;
}

export function Kbd({ children }: { children: ReactNode }) {
  return <kbd className={styles['kbd']}>{children}</kbd>;
}
