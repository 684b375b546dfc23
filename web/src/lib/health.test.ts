import { describe, expect, it } from 'vitest';
import { parts } from './health';

describe('parts', () => {
  it('names each part and says what its failing means', () => {
    const [log, other] = parts({
      status: 'not_ready',
      parts: [
        { name: 'event_log', status: 'failing', detail: 'The disk is full.', since: '2026-11-24T03:00:00Z' },
        { name: 'some_part', status: 'ok', detail: null, since: null },
      ],
    });
    expect(log).toMatchObject({ name: 'Event log', ok: false, detail: 'The disk is full.' });
    expect(log?.means).toContain('turned away');
    expect(other).toMatchObject({ id: 'some_part', name: 'some part', ok: true });
  });
});
