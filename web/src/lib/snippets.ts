// What to paste to send events, for each SDK, with the project's key and this server's address filled in. Pure.

export interface Snippet {
  id: string;
  label: string;
  /** Where it runs and what it installs. */
  hint: string;
  install: string | null;
  code: string;
}

/** @param cookieless Whether the project is; what runs in browsers is then set to store nothing there. */
export function snippets(origin: string, writeKey: string, domain: string, cookieless: boolean): Snippet[] {
  const local = isLocal(origin);
  const q = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  return [
    {
      id: 'posthog-js',
      label: 'posthog-js',
      hint: `In the browser, with page views and clicks captured by themselves.${cookieless ? ' It stores nothing there.' : ''}`,
      install: 'npm install posthog-js',
      code: `import posthog from 'posthog-js';

posthog.init(${q(writeKey)}, {
  api_host: ${q(origin)},
  defaults: '2025-05-24',${cookieless ? "\n  cookieless_mode: 'always'," : ''}
});

posthog.capture('signed_up', { plan: 'pro' });`,
    },
    {
      id: 'posthog-node',
      label: 'posthog-node',
      hint: 'On a server with Node.',
      install: 'npm install posthog-node',
      code: `import { PostHog } from 'posthog-node';

const posthog = new PostHog(${q(writeKey)}, { host: ${q(origin)} });

posthog.capture({
  distinctId: 'user-1',
  event: 'order_paid',
  properties: { amount: 49, currency: 'EUR' },
});

await posthog.shutdown();`,
    },
    {
      id: 'segment',
      label: 'Segment',
      hint: 'On a server with Node, through Segment’s own client.',
      install: 'npm install @segment/analytics-node',
      code: `import { Analytics } from '@segment/analytics-node';

const analytics = new Analytics({ writeKey: ${q(writeKey)}, host: ${q(origin)} });

analytics.track({
  userId: 'user-1',
  event: 'Order Paid',
  properties: { amount: 49, currency: 'EUR' },
});

await analytics.closeAndFlush();`,
    },
    {
      id: 'plausible',
      label: 'Plausible',
      hint: 'In the browser, without cookies. The domain must be among the project’s domains. Pages on localhost send nothing unless captureOnLocalhost is set.',
      install: 'npm install @plausible-analytics/tracker',
      code: `import { init, track } from '@plausible-analytics/tracker';

init({
  domain: ${q(domain)},
  endpoint: ${q(`${origin}/api/event`)},${local ? '\n  captureOnLocalhost: true,' : ''}
});

track('Signup', { props: { plan: 'pro' } });`,
    },
    {
      id: 'plausible-tracker',
      label: 'plausible-tracker',
      hint: 'In the browser, without cookies: Plausible’s older package. The domain must be among the project’s domains. Pages on localhost send nothing unless trackLocalhost is set.',
      install: 'npm install plausible-tracker',
      code: `import Plausible from 'plausible-tracker';

const plausible = Plausible({
  domain: ${q(domain)},
  apiHost: ${q(origin)},${local ? '\n  trackLocalhost: true,' : ''}
});

plausible.enableAutoPageviews();
plausible.trackEvent('Signup', { props: { plan: 'pro' } });`,
    },
    {
      id: 'curl',
      label: 'curl',
      hint: 'From a shell, to try it out.',
      install: null,
      code: `curl ${origin}/capture/ \\
  -H 'Content-Type: application/json' \\
  -d '{
    "api_key": "${writeKey}",
    "event": "hello",
    "distinct_id": "me",
    "properties": { "from": "curl" }
  }'`,
    },
  ];
}

/** Where Headroom is tried out, the pages that send to it are on the same machine. */
function isLocal(origin: string): boolean {
  return /^https?:\/\/(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/.test(origin);
}
