import type { Transport } from '@connectrpc/connect';
import { callUnaryMethod, useTransport } from '@connectrpc/connect-query';
import { useMutation } from '@tanstack/react-query';
import { InstallOrder, InstallService } from '#gen/featureos/oauth/v1/install_service_pb.ts';
import { text } from '../text.ts';
import { Button } from '../ui/button.tsx';
import { toCsv } from '../ui/csv.ts';
import { ErrorState } from '../ui/states.tsx';
import { CSV_HEADER, toCsvRow } from './install-csv.ts';
import { type Filter, requestOf } from './use-installs.ts';

const PER_PAGE = 100;
/** Without it, Excel does not read the file as UTF-8. */
const BYTE_ORDER_MARK = '\uFEFF';

/** Downloads all installs that match the filter, not only those shown. Always newest first, whatever order the page shows. */
export function ExportButton({ filter }: { readonly filter: Filter }) {
  const transport = useTransport();
  const words = text.installs;
  const download = useMutation({
    mutationFn: () => exportInstalls(transport, filter),
    onSuccess: saveAsFile,
    // Nothing has changed, so no query is out of date.
    onSettled: () => {},
  });
  return (
    <>
      <Button isBusy={download.isPending} onClick={() => download.mutate()}>
        {download.isPending ? words.exporting : words.exportCsv}
      </Button>
      {download.error && <ErrorState error={download.error} title={words.exportFailed} />}
    </>
  );
}

/** Requests each page by the id of the last install read, so that concurrent changes neither skip nor repeat installs. */
async function exportInstalls(transport: Transport, filter: Filter): Promise<string> {
  const rows = [CSV_HEADER];
  const request = { ...requestOf(filter), order: InstallOrder.UNSPECIFIED, perPage: PER_PAGE };
  for (let beforeInstallId = ''; ; ) {
    const { installs } = await callUnaryMethod(transport, InstallService.method.listInstalls, {
      ...request,
      beforeInstallId,
    });
    rows.push(...installs.map(toCsvRow));
    const last = installs.at(-1);
    if (last === undefined || installs.length < PER_PAGE) return toCsv(rows);
    beforeInstallId = last.id;
  }
}

function saveAsFile(csv: string): void {
  const url = URL.createObjectURL(new Blob([BYTE_ORDER_MARK, csv], { type: 'text/csv' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = 'installed-apps.csv';
  link.click();
  URL.revokeObjectURL(url);
}
