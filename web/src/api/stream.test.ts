import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ApiError, call } from './client';
import { callWithProgress, isStopped, progressOf } from './progress';
import { messageParser, readStream, type QueryProgress } from './stream';

const queued: QueryProgress = { state: 'queued', place: 3, estimatedRows: 12_400_000 };
const running: QueryProgress = { state: 'running', place: 0, estimatedRows: 12_400_000 };
const answer = { kind: 'trends', note: 'Zürich, 東京, 🙂: “a\\nb”' };
const event = (name: string, data: unknown) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
const whole = `${event('progress', queued)}: waiting\n\n${event('progress', running)}${event('result', answer)}`;

afterEach(() => vi.unstubAllGlobals());

function bytes(text: string, size: number): Uint8Array<ArrayBuffer>[] {
  const all = new TextEncoder().encode(text);
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) => all.slice(index * size, (index + 1) * size));
}

function streamOf(chunks: Uint8Array<ArrayBuffer>[]): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
}

/** The server answers with this; the request that it was sent comes back. */
function serve(body: BodyInit, init: ResponseInit = { headers: { 'Content-Type': 'text/event-stream' } }): () => RequestInit {
  const fetched = vi.fn<(address: string, request: RequestInit) => Promise<Response>>(() => Promise.resolve(new Response(body, init)));
  vi.stubGlobal('fetch', fetched);
  return () => fetched.mock.calls[0]?.[1] ?? {};
}

describe('a stream of an answer', () => {
  it('is the same however it is cut into pieces, also within a letter', async () => {
    for (let size = 1; size <= whole.length; size++) {
      const heard: QueryProgress[] = [];
      const end = await readStream(streamOf(bytes(whole, size)), (progress) => heard.push(progress));
      expect(heard).toEqual([queued, running]);
      expect(end).toEqual({ kind: 'result', data: JSON.stringify(answer) });
    }
  });

  it('may end its lines as HTTP does, and say more or less than is known', () => {
    const heard: unknown[] = [];
    const parse = messageParser((message) => heard.push(message));
    parse('id: 1\r\nevent: progress\r\nretry\r\ndata:{"a":1,\r\ndata: "b":2}\r\n\r\n:\r\n\r\nevent: empty\r\n\r\ndata: unnamed\r\n\r\ndata: not whole');
    expect(heard).toEqual([{ name: 'progress', data: '{"a":1,\n"b":2}' }, { name: 'message', data: 'unnamed' }]);
  });

  it('is asked for by who wants to hear of it, and its answer is that of a plain call', async () => {
    const request = serve(streamOf(bytes(whole, 7)));
    const heard: QueryProgress[] = [];
    expect(await call('/query', { method: 'POST', body: {}, onProgress: (progress) => heard.push(progress) })).toEqual(answer);
    expect(heard).toEqual([queued, running]);
    expect((request().headers as Record<string, string>)['Accept']).toBe('text/event-stream, application/json');
  });

  it('is not asked for otherwise, and a server may answer plainly', async () => {
    const request = serve(JSON.stringify(answer), { headers: { 'Content-Type': 'application/json' } });
    expect(await call('/query', { method: 'POST', body: {}, maxAge: 10, onProgress: () => expect.unreachable() })).toEqual(answer);
    expect((request().headers as Record<string, string>)['Cache-Control']).toBe('max-age=10');
    const plain = serve(JSON.stringify(answer), { headers: { 'Content-Type': 'application/json' } });
    await call('/query');
    expect((plain().headers as Record<string, string>)['Accept']).toBe('application/json');
  });

  it('may end in a problem, which is as that of a plain call', async () => {
    serve(`${event('progress', queued)}${event('error', { title: 'Too many queries at once.', detail: 'Ask again.', status: 503 })}`);
    const failed = await call('/query', { onProgress: () => undefined }).catch((error: unknown) => error);
    expect(failed).toMatchObject({ status: 503, text: 'Ask again.', transient: true });
    serve(event('error', { status: 400, errors: { 'range.from': ['Must be a day.'] } }));
    expect(await call('/query', { onProgress: () => undefined }).catch((error: unknown) => error)).toMatchObject({ status: 400, text: 'Must be a day.', transient: false });
  });

  it('is refused before it begins as any call', async () => {
    serve(JSON.stringify({ title: 'Too many requests.' }), { status: 429, headers: { 'Content-Type': 'application/problem+json', 'Retry-After': '2' } });
    expect(await call('/query', { onProgress: () => undefined }).catch((error: unknown) => error)).toMatchObject({ status: 429, retryAfter: 2 });
  });

  it('that breaks off is no answer', async () => {
    serve(whole.slice(0, -1));
    expect(await call('/query', { onProgress: () => undefined }).catch((error: unknown) => error)).toMatchObject({ status: 0, transient: true });
    serve(new ReadableStream({ pull: (controller) => controller.error(new TypeError('network error')) }));
    expect(await call('/query', { onProgress: () => undefined }).catch((error: unknown) => error)).toBeInstanceOf(ApiError);
  });
});

/** A server that says one thing and then nothing, until it is to end; it sees the asker go away, as fetch lets it. */
function slowServer(): { heard: () => Promise<void>; end: (text: string) => void; aborted: () => boolean } {
  let stream: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | undefined;
  let asked: AbortSignal | null | undefined;
  vi.stubGlobal('fetch', (_: string, { signal }: RequestInit) => {
    asked = signal;
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({ start: (controller) => void (stream = controller) });
    stream?.enqueue(new TextEncoder().encode(event('progress', queued)));
    signal?.addEventListener('abort', () => stream?.error(signal.reason));
    return Promise.resolve(new Response(body, { headers: { 'Content-Type': 'text/event-stream' } }));
  });
  return {
    heard: () => vi.waitFor(() => expect(progressOf(key)).toMatchObject(queued)),
    end: (text) => {
      stream?.enqueue(new TextEncoder().encode(text));
      stream?.close();
    },
    aborted: () => asked?.aborted ?? false,
  };
}

const key = ['question'];
const ask = (client: QueryClient) => new QueryObserver(client, { queryKey: key, retry: false, queryFn: ({ queryKey, signal }) => callWithProgress(queryKey, '/query', { signal }) });

describe('a question that is not answered yet', () => {
  it('is known to be there until it is answered', async () => {
    const server = slowServer();
    const observer = ask(new QueryClient());
    const leave = observer.subscribe(() => undefined);
    expect(progressOf(key)).toMatchObject({ state: 'sent' });
    await server.heard();
    server.end(event('result', answer));
    await vi.waitFor(() => expect(observer.getCurrentResult().data).toEqual(answer));
    expect(progressOf(key)).toBeNull();
    leave();
  });

  it('ends with whoever looked at it', async () => {
    const server = slowServer();
    const leave = ask(new QueryClient()).subscribe(() => undefined);
    await server.heard();
    expect(server.aborted()).toBe(false);
    leave();
    expect(server.aborted()).toBe(true);
    await vi.waitFor(() => expect(progressOf(key)).toBeNull());
  });

  it('can be stopped, is not taken for failed, and can be asked after all', async () => {
    const client = new QueryClient();
    const server = slowServer();
    const observer = ask(client);
    const leave = observer.subscribe(() => undefined);
    await server.heard();
    await client.cancelQueries({ queryKey: key });
    expect(server.aborted()).toBe(true);
    expect(isStopped(observer.getCurrentResult())).toBe(true);
    expect(observer.getCurrentResult().isError).toBe(false);
    const again = observer.refetch();
    await server.heard();
    expect(isStopped(observer.getCurrentResult())).toBe(false);
    server.end(event('result', answer));
    expect((await again).data).toEqual(answer);
    leave();
  });

  it('that was asked anew is told of by the newer request alone', async () => {
    const first = slowServer();
    const [one, two] = [new AbortController(), new AbortController()];
    const old = callWithProgress(key, '/query', { signal: one.signal }).catch(() => 'left');
    await first.heard();
    const second = slowServer();
    const newer = callWithProgress(key, '/query', { signal: two.signal });
    one.abort();
    expect(await old).toBe('left');
    await second.heard();
    second.end(event('result', answer));
    expect(await newer).toEqual(answer);
    expect(progressOf(key)).toBeNull();
  });
});
