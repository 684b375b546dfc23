// Up to when somebody has looked at a project's problems in this browser.
import { useSyncExternalStore } from 'react';

const looked = 'headroom:looked-at-problems';
const key = (project: string) => `headroom.problems.${project}`;

function seenProblems(project: string): string {
  try {
    return localStorage.getItem(key(project)) ?? '';
  } catch {
    return '';
  }
}

export function lookAtProblems(project: string, until: string): void {
  try {
    if (until <= seenProblems(project)) return;
    localStorage.setItem(key(project), until);
    window.dispatchEvent(new Event(looked));
  } catch {
    // Storage is shut off; the dot stays for an hour then.
  }
}

export function useSeenProblems(project: string): string {
  return useSyncExternalStore(subscribe, () => seenProblems(project));
}

function subscribe(listener: () => void): () => void {
  window.addEventListener(looked, listener);
  return () => window.removeEventListener(looked, listener);
}
