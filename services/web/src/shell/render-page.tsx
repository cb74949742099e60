import { TransportProvider } from '@connectrpc/connect-query';
import { QueryClientProvider } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { createRoot } from 'react-dom/client';
import { queryClient } from '../rpc/query-client.ts';
import { transport } from '../rpc/transport.ts';
import '../style/index.css';

/** Renders a page with the RPC transport and the query cache. */
export function renderPage(page: ReactNode): void {
  createRoot(document.getElementById('root') as HTMLElement).render(
    <TransportProvider transport={transport}>
      <QueryClientProvider client={queryClient}>{page}</QueryClientProvider>
    </TransportProvider>,
  );
}
