import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { MIN_ATTENTION_MS, watchAttention } from '../../../services/web/src/consent/attention.ts';

class FakeDocument extends EventTarget {
  visibilityState = 'visible';
  isFocused = true;
  hasFocus = () => this.isFocused;
}

let window: EventTarget;
let document: FakeDocument;
let hasAttention: boolean | undefined;
let stop: () => void;

beforeEach(() => {
  vi.useFakeTimers();
  window = new EventTarget();
  document = new FakeDocument();
  stop = watchAttention({ window, document }, (value) => {
    hasAttention = value;
  });
});
afterEach(() => {
  stop();
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

test('reports no attention until the page has been visible and focused for a while', () => {
  vi.advanceTimersByTime(MIN_ATTENTION_MS - 1);
  expect(hasAttention).toBe(false);
  vi.advanceTimersByTime(1);
  expect(hasAttention).toBe(true);
});

test.each([
  ['becomes visible', () => setVisible('hidden'), () => setVisible('visible')],
  ['gets the focus', () => setFocused(false), () => setFocused(true)],
])('reports no attention for a while after the page %s again', (_event, leave, enter) => {
  vi.advanceTimersByTime(MIN_ATTENTION_MS);
  leave();
  expect(hasAttention).toBe(false);
  vi.advanceTimersByTime(10 * MIN_ATTENTION_MS);
  expect(hasAttention).toBe(false);
  enter();
  vi.advanceTimersByTime(MIN_ATTENTION_MS - 1);
  expect(hasAttention).toBe(false);
  vi.advanceTimersByTime(1);
  expect(hasAttention).toBe(true);
});

test('reports nothing after it was stopped', () => {
  stop();
  hasAttention = undefined;
  setFocused(true);
  vi.advanceTimersByTime(MIN_ATTENTION_MS);
  expect(hasAttention).toBeUndefined();
});
