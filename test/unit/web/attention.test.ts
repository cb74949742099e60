import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SETTLE_MS, watchAttention } from '../../../services/web/src/consent/attention.ts';

class FakeDocument extends EventTarget {
  visibilityState = 'visible';
  isFocused = true;
  hasFocus = () => this.isFocused;
}

let window: EventTarget;
let document: FakeDocument;
let hasAttention: boolean | undefined;
let end: () => void;

beforeEach(() => {
  vi.useFakeTimers();
  window = new EventTarget();
  document = new FakeDocument();
  end = watchAttention({ window, document }, (now) => {
    hasAttention = now;
  });
});
afterEach(() => {
  end();
  vi.useRealTimers();
});

function setVisible(visibilityState: string): void {
  document.visibilityState = visibilityState;
  document.dispatchEvent(new Event('visibilitychange'));
}

function setFocused(isFocused: boolean): void {
  document.isFocused = isFocused;
  window.dispatchEvent(new Event(isFocused ? 'focus' : 'blur'));
}

test('nothing can be meant in the first instant', () => {
  vi.advanceTimersByTime(SETTLE_MS - 1);
  expect(hasAttention).toBe(false);
  vi.advanceTimersByTime(1);
  expect(hasAttention).toBe(true);
});

test.each([
  ['is shown', () => setVisible('hidden'), () => setVisible('visible')],
  ['comes into focus', () => setFocused(false), () => setFocused(true)],
])('nor in the first instant after the page %s again', (_event, leave, come) => {
  vi.advanceTimersByTime(SETTLE_MS);
  leave();
  expect(hasAttention).toBe(false);
  vi.advanceTimersByTime(10 * SETTLE_MS);
  expect(hasAttention).toBe(false);
  come();
  vi.advanceTimersByTime(SETTLE_MS - 1);
  expect(hasAttention).toBe(false);
  vi.advanceTimersByTime(1);
  expect(hasAttention).toBe(true);
});

test('nothing is watched afterwards', () => {
  end();
  hasAttention = undefined;
  setFocused(true);
  vi.advanceTimersByTime(SETTLE_MS);
  expect(hasAttention).toBeUndefined();
});
