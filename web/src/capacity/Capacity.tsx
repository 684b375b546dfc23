import { useQuery } from '@tanstack/react-query';
import { ApiError } from '../api/client';
import { formatClock } from '../lib/format';
import { useSearch, useSetSearch } from '../lib/router';
import { EmptyState, ErrorState, Note, Skeleton } from '../ui/states';
import { Page } from '../views/Page';
import { Advice } from './Advice';
import { Calibration } from './Calibration';
import styles from './Capacity.module.css';
import { Chain } from './Chain';
import { chainOf, ofProcess } from './chain';
import { Gauges, Summary } from './Gauges';
import { PartDialog } from './PartDialog';
import { capacityQuery } from './queries';
import { parseState, writeState, type CapacityState } from './state';
import { Trend } from './Trend';
import type { CapacityReport } from './types';
import { WhatIf } from './WhatIf';

/** How much headroom is left, what breaks first, when, and the cheapest next step. Of the whole server, for its operators. */
export default function Capacity() {
  const { data: report, error, isPending, refetch } = useQuery(capacityQuery);
  // A server that has just begun, or does not measure: it says so itself.
  const unmeasured = error instanceof ApiError && error.status === 503;
  const state = parseState(useSearch());
  const setSearch = useSetSearch();
  const go = (change: Partial<CapacityState>) => setSearch(writeState({ ...state, ...change }));
  return (
    <Page title="Capacity" lead="How much more this server takes, what breaks first, when, and the cheapest next step.">
      {isPending && (
        <div className={styles['loading']} aria-busy="true">
          <Skeleton height={76} />
          <Skeleton height={230} />
          <Skeleton height={400} />
        </div>
      )}
      {error && !report && unmeasured && <EmptyState icon="gauge" title={error.message}>{error.text}</EmptyState>}
      {error && !report && !unmeasured && <ErrorState title="The capacity could not be read" error={error} retry={() => void refetch()} />}
      {report && (
        <>
          {error && <Note kind="danger">What you see is of {formatClock(report.at)}; since then the server did not answer.</Note>}
          <Summary report={report} aside={`as of ${formatClock(report.at)}`} />
          <Gauges report={report} />
          <Trend report={report} flow={state.flow} onFlow={(flow) => go({ flow })} />
          <Chain report={report} process={state.process} onProcess={(process) => go({ process })} onOpen={(part) => go({ part })} />
          <Advice report={report} />
          <WhatIf />
          <Calibration report={report.calibration} />
          <OpenPart report={ofProcess(report, state.process)} part={state.part} onClose={() => go({ part: null })} />
        </>
      )}
    </Page>
  );
}

function OpenPart({ report, part, onClose }: { report: CapacityReport; part: CapacityState['part']; onClose: () => void }) {
  const { chain, shared } = chainOf(report);
  const found = part === null ? undefined : [...chain, ...(shared ? [shared] : [])].find((one) => one.id === part && one.resources.length > 0);
  return found ? <PartDialog key={found.id} part={found} several={(report.processes ?? []).length > 1} onClose={onClose} /> : null;
}
