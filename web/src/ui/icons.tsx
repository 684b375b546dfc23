// One line-drawn set on a 16 px grid.
const paths = {
  home: 'M2.5 7.2L8 2.5l5.5 4.7v6.3h-3.8V9.7H6.3v3.8H2.5z',
  more: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  live: 'M2 8h2.6l1.9-4.5 3 9L11.4 8H14',
  trends: 'M2.5 11.5l3.6-4 2.8 2.3 4.6-5.6M10 4h3.5v3.5',
  events: 'M5.5 4h8M5.5 8h8M5.5 12h8M2.5 4h.01M2.5 8h.01M2.5 12h.01',
  gauge: 'M3.4 12.5a6 6 0 1 1 9.2 0M8 9l2.8-3.2',
  data: 'M3 4c0-2 10-2 10 0v8c0 2-10 2-10 0zM3 4c0 2 10 2 10 0M3 8c0 2 10 2 10 0',
  settings: 'M2.5 4.5h6M12 4.5h1.5M2.5 11.5H4M7.5 11.5h6M10.25 6.25a1.75 1.75 0 1 0 0-3.5 1.75 1.75 0 0 0 0 3.5zM5.75 13.25a1.75 1.75 0 1 0 0-3.5 1.75 1.75 0 0 0 0 3.5z',
  dashboards: 'M2.5 2.5h4.75v6.25H2.5zM8.75 2.5h4.75v3.5H8.75zM8.75 7.5h4.75v6H8.75zM2.5 10.25h4.75v3.25H2.5z',
  funnel: 'M2.5 3h11M4.5 8h7M6.5 13h3',
  retention: 'M2.5 3h11v3.2h-11zM2.5 6.2h7.4v3.3H2.5zM2.5 9.5h3.7V13H2.5z',
  lifecycle: 'M2.5 8h11M4.5 5.5v-2M8 5.5V2.5M11.5 5.5v-1M4.5 10.5v1M8 10.5v3M11.5 10.5v2',
  sessions: 'M8 13.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11zM8 5v3.2l2.2 1.4',
  paths: 'M2.5 4.5h2c3.5 0 3.5 7 7 7h2M2.5 11.5h2c1.2 0 2-.8 2.6-1.9M9 6.4c.6-1.1 1.4-1.9 2.5-1.9h2',
  grip: 'M6 4h.01M10 4h.01M6 8h.01M10 8h.01M6 12h.01M10 12h.01',
  expand: 'M9.5 2.5h4v4M13.5 2.5L9 7M6.5 13.5h-4v-4M2.5 13.5L7 9',
  publish: 'M10.8 6.2a1.9 1.9 0 1 0 0-3.8 1.9 1.9 0 0 0 0 3.8zM5.2 9.9a1.9 1.9 0 1 0 0-3.8 1.9 1.9 0 0 0 0 3.8zM10.8 13.6a1.9 1.9 0 1 0 0-3.8 1.9 1.9 0 0 0 0 3.8zM6.9 7.1l2.2-1.4M6.9 8.9l2.2 1.4',
  resize: 'M13 6.5L6.5 13M13 10.5L10.5 13',
  plus: 'M8 3.5v9M3.5 8h9',
  close: 'M4 4l8 8M12 4l-8 8',
  check: 'M3 8.5l3.3 3.3L13 5',
  chevron: 'M4.5 6.5L8 10l3.5-3.5',
  back: 'M9.5 4.5L6 8l3.5 3.5',
  copy: 'M5.5 5.5v-2a1 1 0 0 1 1-1h6a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1h-2M3.5 5.5h6a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1h-6a1 1 0 0 1-1-1v-6a1 1 0 0 1 1-1z',
  trash: 'M2.5 4.5h11M6.5 4V2.5h3V4M4 4.5l.6 9h6.8l.6-9M6.75 7.25v3.5M9.25 7.25v3.5',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  play: 'M5 3.5l7.5 4.5L5 12.5z',
  filter: 'M2.5 3.5h11L9.5 8.4v4.1l-3-1.5V8.4z',
  search: 'M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.4 10.4l3.1 3.1',
  refresh: 'M13 8a5 5 0 1 1-1.6-3.7M13.2 2.5v2.6h-2.6',
  calendar: 'M3 4h10v9.5H3zM3 7h10M5.75 2.5V5M10.25 2.5V5',
  sun: 'M8 10.75a2.75 2.75 0 1 0 0-5.5 2.75 2.75 0 0 0 0 5.5zM8 1.75v1M8 13.25v1M1.75 8h1M13.25 8h1M3.6 3.6l.7.7M11.7 11.7l.7.7M12.4 3.6l-.7.7M4.3 11.7l-.7.7',
  moon: 'M13.2 9.6A5.6 5.6 0 0 1 6.4 2.8a5.6 5.6 0 1 0 6.8 6.8z',
  screen: 'M2.5 3.5h11v7.5h-11zM6 13.5h4M8 11v2.5',
  help: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM6.3 6.2a1.75 1.75 0 1 1 2.5 1.6c-.5.2-.8.6-.8 1.1M8 11.2h.01',
  user: 'M8 8a2.75 2.75 0 1 0 0-5.5A2.75 2.75 0 0 0 8 8zM2.75 13.5a5.25 5.25 0 0 1 10.5 0',
  persons: 'M6 7.5a2.25 2.25 0 1 0 0-4.5 2.25 2.25 0 0 0 0 4.5zM1.75 13a4.25 4.25 0 0 1 8.5 0M10.5 3.3a2.25 2.25 0 0 1 0 3.9M11.75 9.1A4.25 4.25 0 0 1 14.25 13',
  out: 'M6.5 2.5h-4v11h4M10.5 11l3-3-3-3M13.5 8h-7',
  key: 'M5.25 13a2.75 2.75 0 1 0 0-5.5 2.75 2.75 0 0 0 0 5.5zM7.2 8.3l5.8-5.8M10.5 5l1.7 1.7',
  warning: 'M8 2.2l6.3 11.1H1.7zM8 6.5v3M8 11.4h.01',
  line: 'M2.5 11l3.5-4 3 2.5 4.5-5.5',
  bar: 'M3.5 13V8.5M8 13V3.5M12.5 13V6.5',
  globe: 'M8 13.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11zM2.5 8h11M8 2.5c3.4 3.4 3.4 7.6 0 11M8 2.5c-3.4 3.4-3.4 7.6 0 11',
  compare: 'M2.5 11.5l3.5-4 3 2 4.5-5M2.5 8l2-2M6.5 4.5l1.5 1M10 6l3.5-4',
  link: 'M6.8 9.2l2.4-2.4M7.4 4.9l1.7-1.7a2.6 2.6 0 0 1 3.7 3.7l-1.7 1.7M8.6 11.1l-1.7 1.7a2.6 2.6 0 0 1-3.7-3.7l1.7-1.7',
  flag: 'M4 14V2.5M4 3h8.5l-2 3 2 3H4',
  share: 'M8 10V2.5M5 5l3-3 3 3M4.5 7.5h-1v6h9v-6h-1',
  code: 'M5.5 4.5L2 8l3.5 3.5M10.5 4.5L14 8l-3.5 3.5',
  edit: 'M3 13l.6-2.6L11 3l2 2-7.4 7.4z',
  rocket: 'M8 10.5L5.5 8C6 5 8 2.7 13.2 2.8 13.3 8 11 10 8 10.5zM5.5 8H3.2L2.5 9.7l2 .3M8 10.5v2.3l-1.7.7-.3-2',
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth="1.5"
      strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}

/** The mark: a load that climbs under its ceiling, and the room between them. */
export function Logo({ size = 24 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="var(--accent-solid)" />
      <path d="M7 8.25h18" stroke="#fff" strokeOpacity=".6" strokeWidth="2.5" strokeLinecap="round" strokeDasharray="3.2 4.2" />
      <path d="M7 24l5.2-6.2 4.6 3.4L25 13" fill="none" stroke="#fff" strokeWidth="3" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  );
}
