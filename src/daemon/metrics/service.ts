/** Metrics of the service: what the probes measure, and what the policies make of it. */
import type { PolicyRule } from '../../core/conf.ts';
import { type Progress, standings } from '../../core/opinions.ts';
import type { Condition } from '../../core/words.ts';
import { eachWord } from '../../system/metrics/metric.ts';
import type { ProbeReport } from '../../wire/control.ts';
import { type Metric, type Scrape, timestamp } from './metric.ts';
import type { Counted } from './totals.ts';

const VERDICTS = ['stay', 'move', 'base', 'away', 'home'] as const;

export const SERVICE: readonly Metric[] = [
  {
    name: 'vmmanage_probe_value',
    type: 'gauge',
    help: 'The latest reading, in the unit of the label; absent while it is missing.',
    labels: ['probe', 'unit'],
    read: ({ status }) =>
      status.probes.flatMap(({ name: probe, unit, value }) =>
        value === undefined ? [] : [{ labels: { probe, unit }, value }],
      ),
  },
  {
    name: 'vmmanage_probe_reading_timestamp_seconds',
    type: 'gauge',
    help: 'When the latest reading was taken, a missing one too.',
    labels: ['probe'],
    read: (scrape) => eachProbe(scrape, ({ time }) => timestamp(time)),
  },
  {
    name: 'vmmanage_probe_failing',
    type: 'gauge',
    help: '1 while max_errors readings in a row or more went missing.',
    labels: ['probe'],
    read: (scrape) => eachProbe(scrape, ({ failing }) => Number(failing)),
  },
  {
    name: 'vmmanage_probe_readings_total',
    type: 'counter',
    help: 'Readings, missing ones too.',
    labels: ['probe'],
    read: (scrape) => eachTotal(scrape, 'readings'),
  },
  {
    name: 'vmmanage_probe_missing_readings_total',
    type: 'counter',
    help: 'Readings that gave no value.',
    labels: ['probe'],
    read: (scrape) => eachTotal(scrape, 'missing'),
  },
  {
    name: 'vmmanage_probe_failures_total',
    type: 'counter',
    help: 'How often the probe began to fail.',
    labels: ['probe'],
    read: (scrape) => eachTotal(scrape, 'failures'),
  },
  {
    name: 'vmmanage_policy_verdict',
    type: 'gauge',
    help: '1 for what the policy says now, 0 for the other verdicts.',
    labels: ['policy', 'verdict'],
    read: ({ status }) =>
      status.policies.flatMap(({ name: policy, verdict }) =>
        eachWord('verdict', VERDICTS, (each) => each === verdict).map(({ labels, value }) => ({
          labels: { policy, ...labels },
          value,
        })),
      ),
  },
  {
    name: 'vmmanage_policy_condition_bound',
    type: 'gauge',
    help: "The bound of the policy's condition, in the unit of its probe.",
    labels: ['policy', 'condition'],
    read: (scrape) => eachCondition(scrape, ({ bound }) => bound),
  },
  {
    name: 'vmmanage_policy_condition_progress_ratio',
    type: 'gauge',
    help: 'How much of its tarry the condition has held for, from 0 to 1.',
    labels: ['policy', 'condition'],
    read: (scrape) => eachCondition(scrape, (_, { share }) => share),
  },
  {
    name: 'vmmanage_policy_condition_due',
    type: 'gauge',
    help: '1 while the condition has held for its tarry, and holds by the latest present reading.',
    labels: ['policy', 'condition'],
    read: (scrape) => eachCondition(scrape, (_, { due }) => Number(due)),
  },
];

function eachProbe({ status }: Scrape, value: (probe: ProbeReport) => number | undefined) {
  return status.probes.flatMap((probe) => {
    const read = value(probe);
    return read === undefined ? [] : [{ labels: { probe: probe.name }, value: read }];
  });
}

function eachTotal({ status, totals }: Scrape, what: Counted) {
  return status.probes.map(({ name: probe }) => ({
    labels: { probe },
    value: totals.of(what, probe),
  }));
}

function eachCondition(
  { sight: { conf, state, at } }: Scrape,
  value: (condition: Condition, standing: Progress) => number,
) {
  return conf.policies.flatMap((rule: PolicyRule) => {
    const { suffering, idle } = standings(rule, state, at);
    const sample = (name: string, condition: Condition, standing: Progress) => ({
      labels: { policy: rule.name, condition: name },
      value: value(condition, standing),
    });
    return [
      sample('suffering', rule.suffering, suffering),
      ...(rule.idle && idle ? [sample('idle', rule.idle, idle)] : []),
    ];
  });
}
