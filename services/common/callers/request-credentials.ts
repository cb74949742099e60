/** What a browser says by itself of a request, out of reach of the page that makes it. */
export interface BrowserRequest {
  readonly method: string;
  readonly cookie: string | undefined;
  readonly origin: string | undefined;
  readonly secFetchSite: string | undefined;
}

/** What a request shows of who sent it. */
export interface RequestCredentials {
  /** The header's value as it came; undefined without that header. */
  readonly authorization: string | undefined;
  /** The name in the client certificate of the connection (certificateName); used only if `authorization` is not sent. */
  readonly certificate?: string | undefined;
  /** Left out on a port that browsers do not reach: no cookie counts there. */
  readonly browser?: BrowserRequest;
}

/** The credentials of a request over HTTP, by its method and headers. */
export function webCredentials(method: string, header: (name: string) => string | undefined): RequestCredentials {
  const browser = {
    method,
    cookie: header('cookie'),
    origin: header('origin'),
    secFetchSite: header('sec-fetch-site'),
  };
  return { authorization: header('authorization'), browser };
}
