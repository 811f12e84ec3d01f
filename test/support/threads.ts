/** A service that a test can make suffer at will: the open connections of a real MariaDB. */

/** Its probe and the policy on it; `probe` are more lines of the probe. */
export function threadsConf(socket: string, suffering: string, probe = ''): string {
  return `
[probe threads]
kind = mysql
user = root
socket = ${socket}
variable = Threads_connected
as = value
interval = 200ms
${probe}
[policy db]
kind = threshold-aware
suffering = ${suffering}
`;
}
