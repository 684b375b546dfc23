import { useState } from 'react';
import { Segments } from './controls';

type Theme = 'system' | 'light' | 'dark';

// theme.js reads the same key before the first paint.
const key = 'headroom.theme';

function stored(): Theme {
  const theme = document.documentElement.dataset['theme'];
  return theme === 'light' || theme === 'dark' ? theme : 'system';
}

function apply(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
  try {
    if (theme === 'system') localStorage.removeItem(key);
    else localStorage.setItem(key, theme);
  } catch {
    // Storage is shut off: the choice holds until the page is left.
  }
}

export function ThemeSwitch() {
  const [theme, setTheme] = useState(stored);
  return (
    <Segments<Theme> label="Theme" value={theme} iconsOnly
      options={[
        { value: 'system', label: 'System theme', icon: 'screen' },
        { value: 'light', label: 'Light theme', icon: 'sun' },
        { value: 'dark', label: 'Dark theme', icon: 'moon' },
      ]}
      onChange={(chosen) => {
        apply(chosen);
        setTheme(chosen);
      }} />
  );
}
