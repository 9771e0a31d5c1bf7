// Everything comes from this server and nothing is written into the page: no inline script or style, no
// data URLs, no frames (CSP Level 3, W3C).
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
}

const TLS_HEADERS = { ...HEADERS, 'strict-transport-security': 'max-age=31536000' }

/** The headers of every answer. `secure`: the request came over TLS. */
export const securityHeaders = (secure: boolean): Readonly<Record<string, string>> =>
  secure ? TLS_HEADERS : HEADERS
