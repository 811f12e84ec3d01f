/**
 * The charts of `vmmanage logs --html`. It gets its data from the page, asks nobody for anything, and
 * puts what it shows in as text. Times are seconds since the span began; all charts share one range.
 */

const data = JSON.parse(document.getElementById('data').textContent);
const colours = new Map();
/** A colour of the style sheet; asking for it anew at each of a hundred thousand marks takes seconds. */
function css(name) {
  if (!colours.has(name)) {
    const style = getComputedStyle(document.documentElement);
    colours.set(name, style.getPropertyValue(`--${name}`).trim());
  }
  return colours.get(name);
}
const PALETTE = [
  ...['#3b82f6', '#10b981', '#f59e0b', '#8b5cf6', '#ec4899', '#14b8a6', '#94a3b8', '#84cc16'],
  ...['#0369a1', '#b45309', '#6d28d9', '#9d174d', '#115e59', '#d97757', '#a78bfa', '#4d7c0f'],
];
const LEFT = 96;
const RIGHT = 12;
const AXIS = 22;
const DAY = 86400;
const whole = { min: 0, max: data.span };
const charts = [];
let range = whole;

/** Hosts beyond the palette are told apart by hue, neighbours far from each other. */
function colourOf(host) {
  if (data.hosts.length <= PALETTE.length) return PALETTE[host];
  return `hsl(${Math.round(host * 137.508) % 360} ${55 + (host % 3) * 12}% ${46 + (host % 4) * 5}%)`;
}

// ── time ────────────────────────────────────────────────────────────────────────────────────

function formatter(options) {
  return new Intl.DateTimeFormat('en-GB', { timeZone: data.zone, hourCycle: 'h23', ...options });
}

const CLOCK = formatter({
  weekday: 'short',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const TIME = formatter({ hour: '2-digit', minute: '2-digit' });
const DATE = formatter({ day: 'numeric', month: 'short' });
const PARTS = formatter({
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
  hour: 'numeric',
  minute: 'numeric',
  second: 'numeric',
});

const dateAt = (t) => new Date((data.from + t) * 1000);

/** How far the zone's clocks are ahead of UTC, in seconds. */
function offsetAt(t) {
  const { year, month, day, hour, minute, second } = Object.fromEntries(
    PARTS.formatToParts(dateAt(t)).map(({ type, value }) => [type, Number(value)]),
  );
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1000 - Math.floor(data.from + t);
}

const STEPS = [
  60,
  300,
  900,
  3600,
  10800,
  21600,
  43200,
  DAY,
  2 * DAY,
  7 * DAY,
  14 * DAY,
  28 * DAY,
  91 * DAY,
];

/** Full hours and midnights of the zone, so many that their names have room. */
function ticks(width) {
  const most = Math.max(2, width / 84);
  const step = STEPS.find((each) => (range.max - range.min) / each <= most) ?? 364 * DAY;
  const offset = offsetAt(range.min);
  const local = data.from + range.min + offset;
  const found = [];
  for (let at = Math.ceil(local / step) * step; ; at += step) {
    const rough = at - offset - data.from;
    const t = rough + offset - offsetAt(rough);
    if (t > range.max) return found;
    const midnight = at % DAY === 0;
    found.push({
      t,
      text: midnight || step >= DAY ? DATE.format(dateAt(t)) : TIME.format(dateAt(t)),
      midnight,
    });
  }
}

// ── drawing ─────────────────────────────────────────────────────────────────────────────────

const xOf = (t, width) =>
  LEFT + ((t - range.min) / (range.max - range.min)) * (width - LEFT - RIGHT);
const tOf = (x, width) =>
  range.min + ((x - LEFT) / (width - LEFT - RIGHT)) * (range.max - range.min);

function element(tag, className, content) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (content !== undefined) made.textContent = content;
  return made;
}

/** A panel with a title, keys to its colours and a canvas that `draw` fills. */
function chart(title, keys, height, draw, tell) {
  const parent = element('section', 'panel');
  const head = parent.appendChild(element('div', 'head'));
  head.append(element('h2', '', title));
  const list = head.appendChild(element('div', 'keys'));
  for (const { text, colour, form } of keys) {
    const item = list.appendChild(element('span'));
    const chip = item.appendChild(element('i', form));
    chip.style.background = colour;
    item.append(text);
  }
  const box = parent.appendChild(element('div', 'chart'));
  const canvas = box.appendChild(element('canvas'));
  const hair = box.appendChild(element('div', 'hair'));
  const drag = box.appendChild(element('div', 'drag'));
  document.getElementById('charts').append(parent);
  const each = { canvas, hair, drag, height, draw, tell };
  charts.push(each);
  listen(each);
}

function paint({ canvas, height, draw }) {
  const width = canvas.clientWidth;
  const ratio = devicePixelRatio;
  canvas.style.height = `${height}px`;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const ctx = canvas.getContext('2d');
  ctx.scale(ratio, ratio);
  ctx.font = '11px system-ui, sans-serif';
  ctx.textBaseline = 'middle';
  axis(ctx, width, height);
  draw(ctx, width, height - AXIS);
}

function axis(ctx, width, height) {
  for (const { t, text, midnight } of ticks(width - LEFT - RIGHT)) {
    const x = Math.round(xOf(t, width)) + 0.5;
    ctx.strokeStyle = css('rule');
    ctx.beginPath();
    ctx.moveTo(x, 0);
    ctx.lineTo(x, height - AXIS + 4);
    ctx.stroke();
    ctx.fillStyle = css(midnight ? 'ink' : 'dim');
    ctx.textAlign = 'center';
    ctx.fillText(text, Math.min(width - 20, x), height - AXIS + 13);
  }
}

/** A scale on the left: none, half and the most. */
function scale(ctx, top, height) {
  ctx.fillStyle = css('dim');
  ctx.textAlign = 'right';
  for (const part of top % 2 === 0 ? [0, 0.5, 1] : [0, 1]) {
    ctx.fillText(String(top * part), LEFT - 8, Math.max(6, height - part * (height - 8)));
  }
}

function clipped(ctx, width, height, draw) {
  ctx.save();
  ctx.beginPath();
  ctx.rect(LEFT, 0, width - LEFT - RIGHT, height);
  ctx.clip();
  draw();
  ctx.restore();
}

function drawHourly(ctx, width, height) {
  const top = Math.max(1, ...data.perHour);
  scale(ctx, top, height);
  clipped(ctx, width, height, () => {
    ctx.fillStyle = css('line');
    data.perHour.forEach((n, hour) => {
      const x0 = xOf(data.hour0 + hour * 3600, width);
      const x1 = xOf(data.hour0 + (hour + 1) * 3600, width);
      if (n === 0 || x1 < LEFT || x0 > width) return;
      const tall = (n / top) * (height - 8);
      ctx.fillRect(x0, height - tall, Math.max(1, x1 - x0 - (x1 - x0 > 4 ? 1 : 0)), tall);
    });
  });
}

/** How many guests each host has at each column of pixels. */
function counts(width) {
  const columns = Math.max(1, Math.floor(width - LEFT - RIGHT));
  const per = (range.max - range.min) / columns;
  const rows = data.hosts.map(() => new Float64Array(columns + 1));
  for (const { stays } of data.guests) {
    for (const [host, from, to] of stays) {
      const first = Math.max(0, Math.ceil((from - range.min) / per));
      const end = Math.min(columns, Math.ceil((to - range.min) / per));
      if (end <= first) continue;
      rows[host][first] += 1;
      rows[host][end] -= 1;
    }
  }
  for (const row of rows) for (let i = 1; i < row.length; i += 1) row[i] += row[i - 1];
  return { rows, columns };
}

function drawHosts(ctx, width, height) {
  const { rows, columns } = counts(width);
  const top = Math.max(1, data.guests.length);
  scale(ctx, top, height);
  const low = new Float64Array(columns);
  const y = (n) => height - (n / top) * (height - 8);
  rows.forEach((row, host) => {
    ctx.fillStyle = colourOf(host);
    ctx.beginPath();
    for (let i = 0; i < columns; i += 1) {
      ctx.lineTo(LEFT + i, y(low[i] + row[i]));
      ctx.lineTo(LEFT + i + 1, y(low[i] + row[i]));
    }
    for (let i = columns - 1; i >= 0; i -= 1) {
      ctx.lineTo(LEFT + i + 1, y(low[i]));
      ctx.lineTo(LEFT + i, y(low[i]));
    }
    ctx.fill();
    for (let i = 0; i < columns; i += 1) low[i] += row[i];
  });
}

const ROW = data.guests.length > 60 ? 14 : data.guests.length > 20 ? 18 : 24;
const MARKED = new Set(
  ['request', 'failed', 'unconfirmed'].map((name) => data.events.indexOf(name)),
);

function drawGuests(ctx, width) {
  data.guests.forEach((guest, index) => {
    const top = index * ROW;
    ctx.fillStyle = css('ink');
    ctx.textAlign = 'right';
    ctx.fillText(fitting(ctx, guest.name, LEFT - 12), LEFT - 8, top + ROW / 2);
  });
  clipped(ctx, width, data.guests.length * ROW, () => {
    data.guests.forEach((guest, index) => {
      drawGuest(ctx, guest, index * ROW, width);
    });
  });
}

/** Where lines lie closer, strokes would hide the hosts. */
const QUIET_PX = 8;

function fitting(ctx, text, room) {
  if (ctx.measureText(text).width <= room) return text;
  let cut = text;
  while (cut.length > 1 && ctx.measureText(`${cut}…`).width > room) cut = cut.slice(0, -1);
  return `${cut}…`;
}

function drawGuest(ctx, { stays, lines }, top, width) {
  const gap = ROW > 14 ? 3 : 2;
  for (const [host, from, to] of stays) {
    const [x0, x1] = [xOf(from, width), xOf(to, width)];
    if (x1 < LEFT || x0 > width) continue;
    ctx.fillStyle = colourOf(host);
    ctx.fillRect(x0, top + gap, Math.max(1, x1 - x0), ROW - 2 * gap);
    label(ctx, data.hosts[host], Math.max(LEFT, x0), Math.min(width - RIGHT, x1), top);
  }
  const seen = lines.filter(([at]) => at >= range.min && at <= range.max).length;
  const quiet = width / (seen + 1) < QUIET_PX ? 0.35 : 1;
  let drawn = -1;
  for (const [at, event] of lines) {
    const x = Math.round(xOf(at, width));
    const bad = event !== 0;
    if (!MARKED.has(event) || x < LEFT || x > width || (x === drawn && !bad)) continue;
    drawn = x;
    if (bad) cross(ctx, x, top);
    else stroke(ctx, x, top, quiet);
  }
}

function label(ctx, host, x0, x1, top) {
  if (ROW < 18 || x1 - x0 < ctx.measureText(host).width + 14) return;
  ctx.fillStyle = '#fff';
  ctx.textAlign = 'left';
  ctx.fillText(host, x0 + 7, top + ROW / 2);
}

function stroke(ctx, x, top, alpha) {
  ctx.fillStyle = css('ink');
  ctx.globalAlpha = alpha;
  ctx.fillRect(x - 0.5, top + 1, 1, ROW - 2);
  ctx.globalAlpha = 1;
}

function cross(ctx, x, top) {
  ctx.fillStyle = css('bad');
  ctx.strokeStyle = css('card');
  ctx.beginPath();
  ctx.arc(x, top + ROW / 2, ROW > 14 ? 4 : 3, 0, 2 * Math.PI);
  ctx.fill();
  ctx.stroke();
}

// ── reading and zooming ─────────────────────────────────────────────────────────────────────

function readout(t, more) {
  const parts = [CLOCK.format(dateAt(t)), ...more].filter(Boolean);
  document.getElementById('readout').textContent = parts.join('  ·  ');
}

function tellHour(t) {
  const n = data.perHour[Math.floor((t - data.hour0) / 3600)] ?? 0;
  return [`${n} request${n === 1 ? '' : 's'} in this hour`];
}

function hostAt({ stays }, t) {
  const stay = stays.find(([, from, to]) => from <= t && t < to);
  return stay && data.hosts[stay[0]];
}

function tellHosts(t) {
  const here = new Map(data.hosts.map((host) => [host, 0]));
  for (const guest of data.guests) {
    const host = hostAt(guest, t);
    if (host !== undefined) here.set(host, here.get(host) + 1);
  }
  const most = [...here].filter(([, n]) => n > 0).sort((a, b) => b[1] - a[1]);
  const shown = most.slice(0, 8).map(([host, n]) => `${host} ${n}`);
  return [shown.join(', ') + (most.length > 8 ? ` and ${most.length - 8} more` : '')];
}

/** The guest under the pointer, and the lines of it that lie nearest. */
function tellGuest(t, y) {
  const guest = data.guests[Math.floor(y / ROW)];
  if (!guest) return [];
  const near = (range.max - range.min) / 250;
  const lines = guest.lines
    .filter(([at]) => Math.abs(at - t) <= near)
    .sort((a, b) => Math.abs(a[0] - t) - Math.abs(b[0] - t))
    .slice(0, 3)
    .sort((a, b) => a[0] - b[0]);
  const host = hostAt(guest, t);
  return [
    guest.name,
    host === undefined ? 'place unknown' : `at ${host}`,
    ...lines.map(([at, , text]) => `${TIME.format(dateAt(at))} ${text}`),
  ];
}

function listen({ canvas, drag, tell }) {
  let from;
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    const x = Math.min(box.width - RIGHT, Math.max(LEFT, event.clientX - box.left));
    return { x, y: event.clientY - box.top, t: tOf(x, box.width) };
  };
  canvas.addEventListener('pointermove', (event) => {
    const { x, y, t } = at(event);
    for (const { hair } of charts) {
      hair.style.display = 'block';
      hair.style.left = `${x}px`;
    }
    if (from !== undefined) {
      drag.style.display = 'block';
      drag.style.left = `${Math.min(x, from.x)}px`;
      drag.style.width = `${Math.abs(x - from.x)}px`;
    }
    readout(t, tell(t, y));
  });
  canvas.addEventListener('pointerleave', () => {
    for (const { hair } of charts) hair.style.display = 'none';
  });
  canvas.addEventListener('pointerdown', (event) => {
    from = at(event);
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener('pointerup', (event) => {
    const to = at(event);
    drag.style.display = 'none';
    if (from && Math.abs(to.x - from.x) > 4) show(Math.min(from.t, to.t), Math.max(from.t, to.t));
    from = undefined;
  });
  canvas.addEventListener('dblclick', () => show(whole.min, whole.max));
}

function show(min, max) {
  const least = Math.min(60, data.span);
  const middle = (min + max) / 2;
  range = max - min < least ? { min: middle - least / 2, max: middle + least / 2 } : { min, max };
  for (const each of charts) paint(each);
}

// ── the page ────────────────────────────────────────────────────────────────────────────────

const hostKeys = data.hosts
  .slice(0, 40)
  .map((host, index) => ({ text: host, colour: colourOf(index) }));
chart('Requests per hour', [], 130, drawHourly, tellHour);
chart('Guests per host', hostKeys, 170, drawHosts, tellHosts);
chart(
  'Where each guest was',
  [
    { text: 'request', colour: css('ink'), form: 'stroke' },
    { text: 'failed or unconfirmed', colour: css('bad'), form: 'cross' },
  ],
  data.guests.length * ROW + AXIS,
  drawGuests,
  tellGuest,
);
show(whole.min, whole.max);
addEventListener('resize', () => show(range.min, range.max));
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () =>
  show(range.min, range.max),
);
