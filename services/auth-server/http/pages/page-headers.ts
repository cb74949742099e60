/**
 * No inline code, no other origins, no frames (RFC 9700 section 4.16), no text assigned to script sinks: the pages show
 * names that third parties chose.
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
  // A page that opens this one gets no reference to its window. Apps that use a popup get the response at their redirect URI.
  'cross-origin-opener-policy': 'same-origin',
} as const;

/** The file names contain a hash of the content, so a file never changes. */
export const ASSET_HEADERS = { 'cache-control': 'public, max-age=31536000, immutable' } as const;

/**
 * The address of a logo contains a hash of its content. Pages of other origins may show it; as a document it can do nothing.
 */
export const LOGO_HEADERS = {
  ...ASSET_HEADERS,
  'content-type': 'image/png',
  'content-security-policy': "default-src 'none'; sandbox",
  'cross-origin-resource-policy': 'cross-origin',
} as const;

export const ICON_HEADERS = { 'cache-control': 'public, max-age=3600' } as const;

/** The guide is the same for everyone and changes only with a restart of the server. */
export const GUIDE_HEADERS = { ...PAGE_HEADERS, 'cache-control': 'public, max-age=300' } as const;
