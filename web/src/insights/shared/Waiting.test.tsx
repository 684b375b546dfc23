import { QueryClient, QueryClientProvider, type UseQueryResult } from '@tanstack/react-query';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { OnTheWay, progressText, Waiting } from './Waiting';

function draw(state: object): string {
  const result = { isPending: false, isPlaceholderData: false, isError: false, fetchStatus: 'fetching', ...state } as UseQueryResult;
  return renderToStaticMarkup(<QueryClientProvider client={new QueryClient()}><Waiting of={['question']} result={result} /></QueryClientProvider>);
}

describe('a question that takes its time', () => {
  it('says where it is', () => {
    const since = Date.now() - 8_400;
    expect(progressText({ state: 'sent', since })).toBe('Waiting for the answer');
    expect(progressText({ state: 'queued', place: 1_200, estimatedRows: 5, since })).toBe('Place 1,200 in the queue');
    expect(progressText({ state: 'running', place: 0, estimatedRows: 12_400_000, since })).toBe('Reading 12.4M rows');
    expect(progressText({ state: 'running', place: 0, estimatedRows: 0, since })).toBe('Computing the answer');
    const markup = renderToStaticMarkup(<OnTheWay progress={{ state: 'queued', place: 3, estimatedRows: 5, since }} onCancel={() => undefined} />);
    for (const text of ['role="status"', 'Place 3 in the queue', '8 s', 'Cancel']) expect(markup).toContain(text);
  });

  it('says nothing at first, nor over an answer that is only computed again', () => {
    expect(draw({ isPending: true })).toBe('');
    expect(draw({})).toBe('');
    expect(draw({ isPending: true, isError: true, fetchStatus: 'idle' })).toBe('');
  });

  it('can be asked after all where it was cancelled, also over the answer to another question', () => {
    expect(draw({ isPending: true, fetchStatus: 'idle' })).toContain('Ask again');
    expect(draw({ isPlaceholderData: true, fetchStatus: 'idle' })).toContain('Ask again');
    expect(draw({ fetchStatus: 'idle' })).toBe('');
  });
});
