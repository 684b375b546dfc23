import { describe, expect, it } from 'vitest';
import { snippets } from './snippets';

describe('snippets', () => {
  const all = snippets('https://stats.example.org', 'hrw_abc', 'example.org', false);

  it('are there for every SDK that is spoken', () => {
    expect(all.map((one) => one.id)).toEqual(['posthog-js', 'posthog-node', 'segment', 'plausible', 'curl']);
  });

  it('name this server and, where the protocol has one, the key', () => {
    for (const one of all) {
      expect(one.code).toContain('https://stats.example.org');
      expect(one.code.includes('hrw_abc')).toBe(one.id !== 'plausible');
    }
  });

  it('let Plausible send from localhost where Headroom itself is there', () => {
    const plausible = (origin: string) => snippets(origin, 'k', 'd', false).find((one) => one.id === 'plausible');
    for (const origin of ['http://localhost:8080', 'http://127.0.0.1:9000', 'http://[::1]:8080']) {
      expect(plausible(origin)?.code).toContain('captureOnLocalhost: true,');
    }

    for (const origin of ['https://stats.example.org', 'https://localhost.example.org', 'http://127.example.org']) {
      expect(plausible(origin)?.code).not.toContain('captureOnLocalhost');
      expect(plausible(origin)?.hint).toContain('captureOnLocalhost');
    }
  });

  it('store nothing in a browser where the project is cookieless', () => {
    const code = (cookieless: boolean) => snippets('http://x', 'k', 'd', cookieless).find((one) => one.id === 'posthog-js')?.code;
    expect(code(true)).toContain("  cookieless_mode: 'always',\n});");
    expect(code(false)).not.toContain('cookieless');
  });

  it('cannot be broken out of by a domain', () => {
    const plausible = snippets('http://x', 'k', "a'); evil('", false).find((one) => one.id === 'plausible');
    expect(plausible?.code).toContain("domain: 'a\\'); evil(\\''");
  });
});
