import { describe, expect, it } from 'vitest';
import { snippets } from './snippets';

describe('snippets', () => {
  const all = snippets('https://stats.example.org', 'hrw_abc', 'example.org', false);

  it('are there for every SDK that is spoken', () => {
    expect(all.map((one) => one.id)).toEqual(['posthog-js', 'posthog-node', 'segment', 'plausible', 'plausible-tracker', 'curl']);
  });

  it('name this server and, where the protocol has one, the key', () => {
    for (const one of all) {
      expect(one.code).toContain('https://stats.example.org');
      expect(one.code.includes('hrw_abc')).toBe(!one.id.startsWith('plausible'));
    }
  });

  it.each([
    ['plausible', 'captureOnLocalhost'],
    ['plausible-tracker', 'trackLocalhost'],
  ])('let %s send from localhost where Headroom itself is there', (id, option) => {
    const plausible = (origin: string) => snippets(origin, 'k', 'd', false).find((one) => one.id === id);
    for (const origin of ['http://localhost:8080', 'http://127.0.0.1:9000', 'http://[::1]:8080']) {
      expect(plausible(origin)?.code).toContain(`  ${option}: true,\n});`);
    }

    for (const origin of ['https://stats.example.org', 'https://localhost.example.org', 'http://127.example.org']) {
      expect(plausible(origin)?.code).not.toContain(option);
      expect(plausible(origin)?.hint).toContain(option);
    }
  });

  it('name the address as each of Plausible’s packages wants it', () => {
    const code = (id: string) => all.find((one) => one.id === id)?.code;
    expect(code('plausible')).toContain("  endpoint: 'https://stats.example.org/api/event',");
    expect(code('plausible-tracker')).toContain("  apiHost: 'https://stats.example.org',");
  });

  it('store nothing in a browser where the project is cookieless', () => {
    const code = (cookieless: boolean) => snippets('http://x', 'k', 'd', cookieless).find((one) => one.id === 'posthog-js')?.code;
    expect(code(true)).toContain("  cookieless_mode: 'always',\n});");
    expect(code(false)).not.toContain('cookieless');
  });

  it('cannot be broken out of by a domain', () => {
    const all = snippets('http://x', 'k', "a'); evil('", false).filter((one) => one.id.startsWith('plausible'));
    expect(all).toHaveLength(2);
    for (const one of all) expect(one.code).toContain("domain: 'a\\'); evil(\\''");
  });
});
