import { QueryClient, QueryClientProvider, type UseQueryResult } from '@tanstack/react-query';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { ApiError } from '../../api/client';
import type { Answered, Project } from '../../api/types';
import { defaultLifecycle, toLifecycleQuery } from '../lifecycle/state';
import { Answer } from './Answer';

const answer: Answered = { timeZone: 'America/New_York', computedAt: '2026-11-23T12:00:00Z', elapsedMs: 12 };

const query = toLifecycleQuery(defaultLifecycle, 'UTC', new Date(answer.computedAt));
const project = { id: '1' } as Project;

function draw(state: object, drawn: string | false | null): string {
  const result = { isError: false, isFetching: false, isPlaceholderData: false, ...state } as UseQueryResult<Answered>;
  return renderToStaticMarkup(
    <QueryClientProvider client={new QueryClient()}>
      <Answer project={project} query={query} result={result} testId="answer" empty="Nobody came." picture={() => drawn} table={() => 'the table'} />
    </QueryClientProvider>,
  );
}

describe('an answer', () => {
  it('is drawn, with its age and its table', () => {
    const markup = draw({ data: answer }, 'the picture');
    for (const text of ['the picture', 'the table', '12 ms', 'America/New York', 'aria-busy="false"']) expect(markup).toContain(text);
    expect(markup).not.toContain('Nobody came.');
  });

  it('says so where there is nothing to draw', () => {
    for (const nothing of [false, null] as const) {
      expect(draw({ data: answer }, nothing)).toContain('Nobody came.');
      expect(draw({ data: answer }, nothing)).toContain('the table');
    }
  });

  it('takes its room while it is on its way', () => {
    expect(draw({ isFetching: true }, 'the picture')).toMatch(/aria-busy="true"/);
  });

  it('says what went wrong, beside the last answer where there is one', () => {
    const error = new ApiError(422, { title: 'Too much memory.', status: 422 });
    expect(draw({ isError: true, error }, 'the picture')).toContain('Too much memory.');
    expect(draw({ isError: true, error }, 'the picture')).not.toContain('the picture');
    expect(draw({ isError: true, error, data: answer }, 'the picture')).toMatch(/Too much memory[^]*the picture/);
  });
});
