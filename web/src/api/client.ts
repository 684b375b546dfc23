import { readStream, type QueryProgress } from './stream';
import type { ProblemDetails } from './types';

/** Everything that can go wrong with a call, as one type. `status` is 0 where the server could not be reached. */
export class ApiError extends Error {
  readonly status: number;
  readonly detail: string | null;
  /** What is wrong with each field, by its name in the request. */
  readonly fields: Readonly<Record<string, readonly string[]>>;
  /** Seconds, where the server said when to try again. */
  readonly retryAfter: number | null;

  constructor(status: number, problem: ProblemDetails, retryAfter: number | null = null) {
    super(problem.title ?? `The server answered ${status}.`);
    this.name = 'ApiError';
    this.status = status;
    this.detail = problem.detail ?? null;
    this.fields = problem.errors ?? {};
    this.retryAfter = retryAfter;
  }

  /** Whether the same call may succeed later. */
  get transient(): boolean {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }

  get text(): string {
    const fields = Object.values(this.fields).flat();
    return this.detail ?? (fields.length > 0 ? fields.join(' ') : this.message);
  }
}

export interface CallOptions {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  body?: unknown;
  /** In place of a body: bytes as they are. */
  file?: Blob;
  query?: Record<string, string | number | null | undefined>;
  signal?: AbortSignal;
  /** Signing in answers 401 for a wrong password, which does not mean that a session ended. */
  expect401?: boolean;
  /** The version that a change is made for. */
  ifMatch?: string;
  /** Seconds that the answer may be behind. */
  maxAge?: number;
  /** A status beyond 2xx that comes with the answer itself. */
  answer?: number;
  /** Asks for the answer as a stream that says before it where the question is. */
  onProgress?: (progress: QueryProgress) => void;
}

let csrfToken = '';
let whenSignedOut: () => void = () => undefined;

export function setCsrfToken(token: string): void {
  csrfToken = token;
}

export function onSignedOut(handler: () => void): void {
  whenSignedOut = handler;
}

export async function call<T>(path: string, options: CallOptions = {}): Promise<T> {
  const response = await send(path, options);
  const { onProgress, signal } = options;
  if (onProgress && response.body && (response.headers.get('Content-Type') ?? '').includes('event-stream')) return streamed<T>(response.body, onProgress, signal);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

async function streamed<T>(body: ReadableStream<Uint8Array>, onProgress: (progress: QueryProgress) => void, signal: AbortSignal | undefined): Promise<T> {
  let end;
  try {
    end = await readStream(body, onProgress);
  } catch (error) {
    if (signal?.aborted) throw error;
    end = null;
  }

  if (end === null) throw new ApiError(0, { title: 'The answer broke off.', detail: 'The connection broke before the answer was whole.' });
  if (end.kind === 'error') throw new ApiError(end.problem.status ?? 500, end.problem);
  return JSON.parse(end.data) as T;
}

/** An answer that is to be saved as a file. */
export async function callFile(path: string, options: CallOptions): Promise<Blob> {
  return (await send(path, options)).blob();
}

async function send(path: string, options: CallOptions): Promise<Response> {
  const { method = 'GET', body, file, query, signal, expect401 = false, ifMatch, maxAge, answer, onProgress } = options;
  const headers: Record<string, string> = { Accept: onProgress ? 'text/event-stream, application/json' : 'application/json' };
  if (method !== 'GET') headers['X-CSRF-Token'] = csrfToken;
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (ifMatch !== undefined) headers['If-Match'] = ifMatch;
  if (maxAge !== undefined) headers['Cache-Control'] = `max-age=${String(maxAge)}`;

  let response: Response;
  try {
    response = await fetch(address(path, query), {
      method,
      headers,
      credentials: 'same-origin',
      ...(body === undefined ? file && { body: file } : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, {
      title: 'The server cannot be reached.',
      detail: 'The server cannot be reached. Check that it runs and that you are online.',
    });
  }

  if (!response.ok && response.status !== answer) {
    if (response.status === 401 && !expect401) whenSignedOut();
    throw new ApiError(response.status, await problem(response), retryAfter(response));
  }

  return response;
}

export function address(path: string, query: CallOptions['query'] = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== '') parameters.set(name, String(value));
  }

  const text = parameters.toString();
  return text === '' ? path : `${path}?${text}`;
}

async function problem(response: Response): Promise<ProblemDetails> {
  if (!(response.headers.get('Content-Type') ?? '').includes('json')) {
    return { title: `The server answered ${response.status}.` };
  }

  try {
    return (await response.json()) as ProblemDetails;
  } catch {
    return { title: `The server answered ${response.status} with something unreadable.` };
  }
}

function retryAfter(response: Response): number | null {
  const seconds = Number(response.headers.get('Retry-After') ?? Number.NaN);
  return Number.isFinite(seconds) ? seconds : null;
}
