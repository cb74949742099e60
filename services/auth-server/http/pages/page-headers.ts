/**
 * No inline code, nothing from elsewhere, no frame (RFC 9700 section 4.16), and no text that becomes code: what third
 * parties name themselves is on these pages.
 */
export const PAGE_HEADERS = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; '),
  'x-frame-options': 'DENY',
  // Whoever opens a page keeps no handle on it (and an app that asks in a popup gets its answer at its own redirect URI).
  'cross-origin-opener-policy': 'same-origin',
} as const;

/** Their names change with their content. */
export const ASSET_HEADERS = { 'cache-control': 'public, max-age=31536000, immutable' } as const;

export const ICON_HEADERS = { 'cache-control': 'public, max-age=3600' } as const;
