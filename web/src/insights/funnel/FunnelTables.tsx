import type { FunnelQuery, FunnelResult } from '../../api/types';
import { formatNumber } from '../../lib/format';
import { formatDuration, formatShare } from '../../lib/rates';
import { useDrill } from '../../persons/drill';
import { DataTable, type Column } from '../shared/DataTable';
import { countedAll } from '../shared/unit';
import { looks, stepTitle, type SeriesLook } from './picture';
import { binPoint, stepPoint } from './points';

type Step = NonNullable<FunnelResult['series'][number]['steps']>[number];

interface StepRow {
  key: string;
  label: string;
  title: string;
  step: Step;
  look: SeriesLook;
  index: number;
}

export function FunnelStepsTable({ result, query }: { result: FunnelResult; query: FunnelQuery }) {
  const drill = useDrill();
  const press = (persons: (step: Step) => number, droppedOff: boolean) => ({ step, look, index }: StepRow) =>
    (persons(step) > 0
      ? () => {
          const point = stepPoint(result, query, look, index, droppedOff);
          if (point) drill([point]);
        }
      : undefined);
  const rows: StepRow[] = looks(result, query, []).flatMap((one) =>
    (one.series.steps ?? []).map((step, index) => ({
      key: `${one.key} ${String(step.step)}`, label: one.label, step, look: one, index, title: `${String(step.step)}. ${stepTitle(query, index)}`,
    })),
  );
  const share = (label: string, value: (step: Step) => number | null): Column<StepRow> =>
    ({ label, text: ({ step }) => formatShare(value(step)), value: ({ step }) => value(step) });
  const time = (label: string, value: (step: Step) => number | null): Column<StepRow> =>
    ({ label, text: ({ step }) => formatDuration(value(step)), value: ({ step }) => value(step) });
  const columns: Column<StepRow>[] = [
    { label: 'Step', text: (row) => row.title, value: (row) => row.title },
    ...(query.breakdown ? [{ label: 'Value', left: true, text: (row: StepRow) => row.label, value: (row: StepRow) => row.label }] : []),
    { label: countedAll(query.unit).column, strong: true, text: ({ step }) => formatNumber(step.persons), value: ({ step }) => step.persons, press: press((step) => step.persons, false) },
    { label: 'Dropped off', text: ({ step }) => formatNumber(step.droppedOff), value: ({ step }) => step.droppedOff, press: press((step) => step.droppedOff, true) },
    share('Of the first step', (step) => step.conversionFromFirst),
    share('Of the step before', (step) => step.conversionFromPrevious),
    time('Median from the step before', (step) => step.medianSecondsFromPrevious),
    time('Mean from the step before', (step) => step.meanSecondsFromPrevious),
    time('Median from the first step', (step) => step.medianSecondsFromFirst),
    time('Mean from the first step', (step) => step.meanSecondsFromFirst),
  ];
  return <DataTable columns={columns} rows={rows} rowKey={(row) => row.key} fileName="funnel.csv" testId="funnel-table" note="times in the file are in seconds" />;
}

export function FunnelTimesTable({ result, query }: { result: FunnelResult; query: FunnelQuery }) {
  const drill = useDrill();
  const rows = looks(result, query, []).flatMap((one) =>
    (one.series.timeToConvert?.bins ?? []).map((bin, index) => ({
      key: `${one.key} ${String(bin.fromSeconds)}`, label: one.label, bin, point: binPoint(result, query, one, index), to: bin.fromSeconds + (one.series.timeToConvert?.binSeconds ?? 0),
    })),
  );
  const several = result.series.length > 1;
  return (
    <DataTable rows={rows} rowKey={(row) => row.key} fileName="funnel-times.csv" testId="funnel-table" note="times in the file are in seconds"
      columns={[
        { label: 'At least', text: ({ bin }) => formatDuration(bin.fromSeconds), value: ({ bin }) => bin.fromSeconds },
        { label: 'Less than', text: ({ to }) => formatDuration(to), value: ({ to }) => to },
        ...(several ? [{ label: 'Value', left: true, text: ({ label }: (typeof rows)[number]) => label, value: ({ label }: (typeof rows)[number]) => label }] : []),
        { label: countedAll(query.unit).column, strong: true, text: ({ bin }) => formatNumber(bin.persons), value: ({ bin }) => bin.persons, press: ({ bin, point }) => (bin.persons > 0 && point ? () => drill([point]) : undefined) },
      ]} />
  );
}
