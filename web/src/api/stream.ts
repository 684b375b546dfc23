// Answers that come as server-sent events: how far the question is, then the answer or a problem. EventSource cannot send
// a body, so the stream is read here.
import type { ProblemDetails } from './types';

/** Where a question is before its answer. */
export interface QueryProgress {
  state: 'queued' | 'running';
  /** In the queue, from 1; 0 while it runs. */
  place: number;
  /** Rows that its statement has to read. */
  estimatedRows: number;
}

interface Message {
  name: string;
  data: string;
}

/** What a stream ended with; null where it broke off before. */
export type StreamEnd = { kind: 'result'; data: string } | { kind: 'error'; problem: ProblemDetails } | null;

/** Takes a stream's text in pieces of any size and gives each message once it is whole. */
export function messageParser(take: (message: Message) => void): (text: string) => void {
  // In pieces: the line of an answer may be long, and come in many.
  let begun: string[] = [];
  let name = 'message';
  let data: string[] = [];
  const line = (text: string) => {
    if (text === '') {
      if (data.length > 0) take({ name, data: data.join('\n') });
      name = 'message';
      data = [];
      return;
    }

    const colon = text.indexOf(':');
    const field = colon < 0 ? text : text.slice(0, colon);
    const value = colon < 0 ? '' : text.slice(text[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'event') name = value;
    else if (field === 'data') data.push(value);
  };
  return (text) => {
    const parts = text.split('\n');
    for (const [index, part] of parts.entries()) {
      begun.push(part);
      if (index === parts.length - 1) return;
      line(begun.join('').replace(/\r$/, ''));
      begun = [];
    }
  };
}

/** Reads a stream to its end and tells its progress meanwhile. Rejects where the connection breaks or is aborted. */
export async function readStream(body: ReadableStream<Uint8Array>, onProgress: (progress: QueryProgress) => void): Promise<StreamEnd> {
  const ended: { with: StreamEnd } = { with: null };
  const parse = messageParser(({ name, data }) => {
    if (name === 'progress') onProgress(JSON.parse(data) as QueryProgress);
    else if (name === 'result') ended.with = { kind: 'result', data };
    else if (name === 'error') ended.with = { kind: 'error', problem: JSON.parse(data) as ProblemDetails };
  });
  const decoder = new TextDecoder();
  const reader = body.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) parse(decoder.decode(next.value, { stream: true }));
  return ended.with;
}
