/**
 * How things stand in one line, for `systemctl status`: where the guest is, what each policy sees,
 * and what holds or is under way. Made of what `vmmanage status` is told, and of nothing else.
 */
import { quantity } from '../core/text.ts';
import type { PolicyReport, ProbeReport, StatusReport } from '../wire/control.ts';

/** One policy is the rule; a line is no page. */
const MOST_POLICIES = 3;

/** `at xen3; db: slow 76/min, > 50 for 3: 3 of 3; move held: cooldown 14m09s left`. */
export function statusLine(report: StatusReport): string {
  const { policies, probes, conf } = report;
  const seen = policies.slice(0, MOST_POLICIES).map((policy) => policyText(policy, probes));
  const more = policies.length - MOST_POLICIES;
  return [
    ...troubles(report),
    placeText(report),
    ...seen,
    ...(more > 0 ? [`and ${more} more`] : []),
    ...standing(report),
    ...(conf.problems.length > 0 ? ['the last reload failed'] : []),
  ].join('; ');
}

function troubles({ trouble }: StatusReport): string[] {
  return trouble === undefined ? [] : [trouble];
}

function placeText({ place: { host, lost } }: StatusReport): string {
  if (host === undefined) return 'nobody knows where';
  return lost ? `last seen at ${host}` : `at ${host}`;
}

function policyText(policy: PolicyReport, probes: readonly ProbeReport[]): string {
  const { name, probe, suffering, hours } = policy;
  const read = probes.find((each) => each.name === probe);
  const counted = `${suffering.condition}: ${suffering.progress}`;
  const off = hours === undefined || hours.inside ? '' : ', outside its hours';
  return `${name}: ${readingText(probe, read)}, ${counted}${off}`;
}

function readingText(probe: string, read: ProbeReport | undefined): string {
  if (read?.value !== undefined) return `${probe} ${quantity(read.value, read.unit)}`;
  if (read?.missing === undefined) return `${probe} not read yet`;
  return `${probe} ${read.failing ? 'failing' : 'missing'}`;
}

/** A request under way, or what holds one that would be made, or that none may be made. */
function standing({ request, held, mode }: StatusReport): string[] {
  if (request) return [`${request.from}→${request.to} ${request.phase}, request ${request.id}`];
  if (held?.reason !== undefined) return [`${held.verdict} held: ${held.reason}`];
  return mode === 'active' ? [] : [mode];
}
