// A page in jsdom, with what the browser clients look for as globals. Its address is not localhost, which they ignore.
import { JSDOM } from 'jsdom'

export function openPage(url, { referrer } = {}) {
  const dom = new JSDOM('<!doctype html><title>Shop</title><p>Hello</p>', {
    url,
    referrer,
    pretendToBeVisual: true,
  })
  const { window } = dom
  class ResizeObserver {
    observe() {}
    unobserve() {}
    disconnect() {}
  }
  for (const [name, value] of Object.entries({
    window,
    document: window.document,
    location: window.location,
    history: window.history,
    navigator: window.navigator,
    localStorage: window.localStorage,
    XMLHttpRequest: window.XMLHttpRequest,
    MutationObserver: window.MutationObserver,
    ResizeObserver,
    innerWidth: window.innerWidth,
  })) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true })
  }
  window.ResizeObserver = ResizeObserver
  window.fetch = globalThis.fetch
  return dom
}
