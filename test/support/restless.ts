/** The conf of a guest that never rests, for tests of what must hold while it moves. */

/** A service that always suffers, and no gate but those that keep a move whole. */
export function restlessConf(socket: string, migrator: string): string {
  return `
[array]
hosts = h1, h2, h3
spread = no
[probe busy]
kind = mysql
user = root
socket = ${socket}
variable = Threads_connected
as = value
interval = 100ms
[policy db]
kind = threshold-aware
suffering = > 0 for 1
[constraints]
settle = off
cooldown = off
retry = off
max_moves = off
all_tried = off
bar = 1s
look = 100ms
[migrator]
${migrator}
`;
}
