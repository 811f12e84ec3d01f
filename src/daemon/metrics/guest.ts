/** Metrics of the guest and its daemon: where it is, what it costs, whether all is well with it. */
import { ALERT_KINDS } from '../../core/alerts.ts';
import { spentToday } from '../../core/spending.ts';
import { eachWord, single } from '../../system/metrics/metric.ts';
import { hostReports } from '../reports.ts';
import { type Metric, type Scrape, timestamp } from './metric.ts';

const MODES = ['active', 'passive', 'paused'] as const;

export const GUEST: readonly Metric[] = [
  {
    name: 'vmmanage_info',
    type: 'gauge',
    help: 'Always 1; tells the name of the guest and the version of the daemon.',
    labels: ['vm', 'version'],
    read: ({ status: { vm, version } }) => [{ labels: { vm, version }, value: 1 }],
  },
  {
    name: 'vmmanage_mode',
    type: 'gauge',
    help: '1 for the mode that the daemon is in, 0 for the others.',
    labels: ['mode'],
    read: ({ status }) => eachWord('mode', MODES, (mode) => mode === status.mode),
  },
  {
    name: 'vmmanage_inhibitors',
    type: 'gauge',
    help: 'Programs and people that keep a move from beginning (vmmanage inhibit).',
    read: ({ status }) => single(status.inhibited.length),
  },
  {
    name: 'vmmanage_conf_loaded_timestamp_seconds',
    type: 'gauge',
    help: 'When the conf in force was read.',
    read: ({ status }) => single(timestamp(status.conf.loaded)),
  },
  {
    name: 'vmmanage_conf_last_reload_successful',
    type: 'gauge',
    help: '0 while the conf of the last reload was wrong and the one before it goes on.',
    read: ({ status }) => single(status.conf.problems.length === 0),
  },
  {
    name: 'vmmanage_at_host',
    type: 'gauge',
    help: '1 for the host of the conf that the guest is at, as far as is known; 0 for the others.',
    labels: ['host', 'site'],
    read: ({ sight }) =>
      hostReports(sight).map(({ host, site, here }) => ({
        labels: { host, site },
        value: Number(here),
      })),
  },
  {
    name: 'vmmanage_at_base',
    type: 'gauge',
    help: '1 while the guest is at a base.',
    read: ({ status }) => single(status.place.base),
  },
  {
    name: 'vmmanage_place_known',
    type: 'gauge',
    help: '0 while nobody can tell where the guest is.',
    read: ({ status }) => single(!status.place.lost),
  },
  {
    name: 'vmmanage_arrival_timestamp_seconds',
    type: 'gauge',
    help: 'Since when the guest is where it is.',
    read: ({ status }) => single(timestamp(status.place.since)),
  },
  {
    name: 'vmmanage_cost_today',
    type: 'gauge',
    help: 'What the present calendar day has cost so far, in the currency of [cost].',
    labels: ['currency'],
    read: (scrape) => priced(scrape, costToday(scrape)),
  },
  {
    name: 'vmmanage_cost_budget_per_day',
    type: 'gauge',
    help: 'The most that a calendar day may cost ([constraints] budget).',
    labels: ['currency'],
    read: (scrape) => priced(scrape, scrape.sight.conf.constraints.budget?.perDay),
  },
  {
    name: 'vmmanage_cost_total',
    type: 'counter',
    help: 'What the places that the guest was at have cost; a time of unknown place costs nothing.',
    labels: ['currency'],
    read: (scrape) => priced(scrape, scrape.totals.of('cost')),
  },
  {
    name: 'vmmanage_journal_trouble',
    type: 'gauge',
    help: "1 while the journal can't be written: nothing is asked for then.",
    read: ({ status }) => single(status.trouble !== undefined),
  },
  {
    name: 'vmmanage_sink_connected',
    type: 'gauge',
    help: '1 while the central log is connected.',
    read: ({ status }) => single(status.sink?.connected),
  },
  {
    name: 'vmmanage_spool_records',
    type: 'gauge',
    help: "Records that the central log hasn't taken yet.",
    read: ({ status }) => single(status.sink?.queued),
  },
  {
    name: 'vmmanage_spool_dropped_records_total',
    type: 'counter',
    help: 'Records that the full spool dropped.',
    read: ({ status }) => single(status.sink?.dropped),
  },
  {
    name: 'vmmanage_provider_failing',
    type: 'gauge',
    help: "1 while the provider doesn't take what is pushed.",
    read: ({ status: { provider } }) => single(provider && provider.error !== undefined),
  },
  {
    name: 'vmmanage_provider_pushes_total',
    type: 'counter',
    help: 'Pushes that the provider took.',
    read: ({ status }) => single(status.provider?.pushes),
  },
  {
    name: 'vmmanage_provider_waiting_readings',
    type: 'gauge',
    help: 'Readings that wait for the next push.',
    read: ({ status }) => single(status.provider?.waiting),
  },
  {
    name: 'vmmanage_provider_dropped_readings_total',
    type: 'counter',
    help: 'Readings that the provider will never have: too many waited, or it refused their push.',
    read: ({ status }) => single(status.provider?.dropped),
  },
  {
    name: 'vmmanage_alerts_total',
    type: 'counter',
    help: 'Alerts, by what they tell of.',
    labels: ['about'],
    read: ({ totals }) => eachWord('about', ALERT_KINDS, (about) => totals.of('alerts', about)),
  },
  {
    name: 'vmmanage_alerts_not_sent_total',
    type: 'counter',
    help: 'Alerts that some way of [alert] did not take, however often it was tried.',
    read: ({ totals }) => single(totals.of('alerts not sent')),
  },
  {
    name: 'vmmanage_alerts_pending',
    type: 'gauge',
    help: "Alerts that aren't known to have been sent.",
    read: ({ sight }) => single(sight.state.alerts.pending.length),
  },
];

function costToday({ sight: { state, conf, at }, money: { zone } }: Scrape): number {
  return spentToday(state, conf, at, zone);
}

/** Nothing where the conf names no price: a cost of 0 would be a lie. */
function priced({ sight: { conf }, money: { currency = '' } }: Scrape, value: number | undefined) {
  if (value === undefined || Object.keys(conf.prices).length === 0) return [];
  return [{ labels: { currency }, value }];
}
