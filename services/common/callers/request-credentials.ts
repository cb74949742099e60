/** The method of a request, and headers that pages cannot set. */
export interface BrowserRequest {
  readonly method: string;
  readonly cookie: string | undefined;
  readonly origin: string | undefined;
  readonly secFetchSite: string | undefined;
}

export interface RequestCredentials {
  /** The value of the header; undefined without it. */
  readonly authorization: string | undefined;
  /** The name in the client certificate of the connection (certificateName); used only if `authorization` is not sent. */
  readonly certificate?: string | undefined;
  /** Undefined on ports that browsers cannot reach: cookies are ignored there. */
  readonly browser?: BrowserRequest;
}

/** The credentials of a request to an HTTP port that browsers can reach. */
export function webCredentials(method: string, header: (name: string) => string | undefined): RequestCredentials {
  const browser = {
    method,
    cookie: header('cookie'),
    origin: header('origin'),
    secFetchSite: header('sec-fetch-site'),
  };
  return { authorization: header('authorization'), browser };
}
