/**
 * The charts of `vmmanage simulate --html`. It gets its data from the page, asks nobody for
 * anything, and puts what it shows in as text. uPlot draws; all charts share one range of time.
 */

const data = JSON.parse(document.getElementById('data').textContent);
const css = (name) =>
  getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const HOST_COLOURS = ['#3b82f6', '#10b981', '#f59e0b', '#8b5cf6', '#ec4899', '#14b8a6', '#f97316'];
const BASE_COLOUR = '#94a3b8';
const CONF_COLOURS = ['a', 'b'];
const whole = { min: data.from, max: Math.max(data.to, data.from + 1) };
const charts = [];

// ── data ────────────────────────────────────────────────────────────────────────────────────

function bytesOf(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i += 1) bytes[i] = text.charCodeAt(i);
  return bytes.buffer;
}

/** Times in seconds since the epoch; a missing reading is NaN. */
function decoded({ probe, fromMs, unitMs, times, values, gap }) {
  const ticks = new Uint32Array(bytesOf(times));
  const at = Float64Array.from(ticks, (tick) => (fromMs + tick * unitMs) / 1000);
  return { probe, at, values: new Float32Array(bytesOf(values)), gap };
}

/** The index of the first time that isn't before `t`. */
function firstFrom(at, t) {
  let [low, high] = [0, at.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (at[middle] < t) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * What of a series can be seen in so many columns: the readings themselves, or the least and the
 * greatest of each column. `holes` are the spans in which readings are missing or there are none.
 */
function visible({ at, values, gap }, { min, max }, columns) {
  const from = Math.max(0, firstFrom(at, min) - 1);
  const to = Math.min(at.length, firstFrom(at, max) + 1);
  const out = { x: [], y: [], holes: [] };
  const width = to - from <= 2 * columns ? 0 : (max - min) / columns;
  for (let i = from; i < to; ) i = width === 0 ? one(i) : column(i);
  return out;

  function one(i) {
    if (i > from && at[i] - at[i - 1] > gap) hole(at[i - 1], at[i]);
    if (Number.isNaN(values[i])) hole(at[i], at[i + 1] ?? at[i]);
    push(at[i], values[i]);
    return i + 1;
  }

  function column(begin) {
    const end = Math.min(to, Math.max(begin + 1, firstFrom(at, at[begin] + width)));
    let [low, high] = [-1, -1];
    for (let i = begin; i < end; i += 1) {
      if (i > from && at[i] - at[i - 1] > gap) hole(at[i - 1], at[i]);
      if (Number.isNaN(values[i])) out.holes.push([at[i], at[i + 1] ?? at[i]]);
      else {
        if (low === -1 || values[i] < values[low]) low = i;
        if (high === -1 || values[i] > values[high]) high = i;
      }
    }
    if (low === -1) push(at[begin], Number.NaN);
    else for (const i of low < high ? [low, high] : [high, low]) push(at[i], values[i]);
    return end;
  }

  function hole(begin, end) {
    out.holes.push([begin, end]);
    push((begin + end) / 2, Number.NaN);
  }

  function push(x, y) {
    if (x <= (out.x.at(-1) ?? -Infinity)) return;
    out.x.push(x);
    out.y.push(Number.isNaN(y) ? null : y);
  }
}

// ── drawing ─────────────────────────────────────────────────────────────────────────────────

function rectangles(u, spans, colour, top, height) {
  const { left, width } = u.bbox;
  u.ctx.fillStyle = colour;
  for (const [begin, end] of spans) {
    if (end < u.scales.x.min || begin > u.scales.x.max) continue;
    const x0 = Math.max(left, u.valToPos(begin, 'x', true));
    const x1 = Math.min(left + width, u.valToPos(end, 'x', true));
    u.ctx.fillRect(x0, top, Math.max(1, x1 - x0), height);
  }
}

function shadeHours(u) {
  for (const { hours } of data.confs) {
    rectangles(u, hours, css('open'), u.bbox.top, u.bbox.height);
  }
}

function drawBounds(u, probe) {
  const { left, width } = u.bbox;
  for (const { value, kind, text } of boundsOf(probe)) {
    const y = u.valToPos(value, 'y', true);
    const colour = css(kind === 'suffering' ? 'bad' : 'good');
    u.ctx.save();
    u.ctx.strokeStyle = colour;
    u.ctx.setLineDash([6 * devicePixelRatio, 5 * devicePixelRatio]);
    u.ctx.beginPath();
    u.ctx.moveTo(left, y);
    u.ctx.lineTo(left + width, y);
    u.ctx.stroke();
    pill(u, text, left + width - 4 * devicePixelRatio, y, colour);
    u.ctx.restore();
  }
}

/** Readable on top of the readings. */
function pill(u, text, right, y, colour) {
  u.ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
  const width = u.ctx.measureText(text).width + 10 * devicePixelRatio;
  const height = 16 * devicePixelRatio;
  u.ctx.fillStyle = css('card');
  u.ctx.setLineDash([]);
  u.ctx.beginPath();
  u.ctx.roundRect(right - width, y - height / 2, width, height, height / 2);
  u.ctx.fill();
  u.ctx.stroke();
  label(u, text, right - width / 2, y, colour, 'center');
}

function label(u, text, x, y, colour, align) {
  u.ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
  u.ctx.textAlign = align;
  // The axes leave it as they need it.
  u.ctx.textBaseline = 'middle';
  u.ctx.fillStyle = colour;
  u.ctx.fillText(text, x, y);
}

/** A stroke for each request, no two on one column of pixels. */
function drawRequests(u) {
  const { top, height } = u.bbox;
  data.confs.forEach(({ requests }, index) => {
    u.ctx.fillStyle = css(CONF_COLOURS[index]);
    const half = height / data.confs.length;
    let drawn = -1;
    for (const { at } of requests) {
      if (at < u.scales.x.min || at > u.scales.x.max) continue;
      const x = Math.round(u.valToPos(at, 'x', true));
      if (x === drawn) continue;
      drawn = x;
      u.ctx.globalAlpha = 0.35;
      u.ctx.fillRect(x, top + index * half, devicePixelRatio, half);
      u.ctx.globalAlpha = 1;
      mark(u, x, top + index * half);
    }
  });
}

function mark(u, x, y) {
  const size = 4 * devicePixelRatio;
  u.ctx.beginPath();
  u.ctx.moveTo(x - size, y);
  u.ctx.lineTo(x + size, y);
  u.ctx.lineTo(x, y + 1.7 * size);
  u.ctx.fill();
}

function drawHosts(u, stays) {
  const { top, height } = u.bbox;
  for (const { host, from, to } of stays) {
    rectangles(u, [[from, to]], colourOf(host), top, height);
    const x0 = u.valToPos(Math.max(from, u.scales.x.min), 'x', true);
    const x1 = u.valToPos(Math.min(to, u.scales.x.max), 'x', true);
    u.ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
    if (x1 - x0 < u.ctx.measureText(host).width + 12) continue;
    label(u, host, (x0 + x1) / 2, top + height / 2, '#fff', 'center');
  }
}

function colourOf(host) {
  const { base, place } = data.hosts.find(({ name }) => name === host) ?? { place: 0 };
  return base ? BASE_COLOUR : HOST_COLOURS[place % HOST_COLOURS.length];
}

function boundsOf(probe) {
  const all = data.confs.flatMap(({ bounds }) => bounds.filter((bound) => bound.probe === probe));
  return all.filter((one, i) => all.findIndex(({ text }) => text === one.text) === i);
}

// ── charts ──────────────────────────────────────────────────────────────────────────────────

const AXIS_WIDTH = 62;

/** By how far apart the ticks lie: the day and 24 hours, as the rest of vmmanage writes them. */
const TICKS = [
  [31536000, '{YYYY}', null, null, null, null, null, null, 1],
  [2419200, '{MMM}', '\n{YYYY}', null, null, null, null, null, 1],
  [86400, '{D} {MMM}', '\n{YYYY}', null, null, null, null, null, 1],
  [60, '{HH}:{mm}', '\n{D} {MMM} {YYYY}', null, '\n{D} {MMM}', null, null, null, 1],
  [1, ':{ss}', '\n{D} {MMM} {HH}:{mm}', null, null, null, '\n{HH}:{mm}', null, 1],
];

function axes(more) {
  const common = {
    stroke: css('dim'),
    grid: { stroke: css('rule') },
    ticks: { stroke: css('rule') },
  };
  return [
    { ...common, values: TICKS },
    { ...common, size: AXIS_WIDTH, ...more },
  ];
}

/** What all charts have in common: one time, one cursor, drag to zoom, double click to go back. */
function chart(parent, height, options) {
  const { hooks = {}, refresh, ...rest } = options;
  const element = parent.appendChild(document.createElement('div'));
  const u = new uPlot(
    {
      width: element.clientWidth,
      height,
      padding: [8, 20, 0, 0],
      legend: { show: false },
      tzDate: (t) => uPlot.tzDate(new Date(t * 1000), data.zone),
      cursor: {
        y: false,
        points: { show: rest.points ?? false },
        drag: { x: true, y: false, setScale: false },
        sync: { key: 'time' },
        bind: { dblclick: () => () => show(whole) },
      },
      ...rest,
      hooks: {
        ...hooks,
        setSelect: [zoom],
        setCursor: [(plot) => plot.cursor.left >= 0 && tell(plot.posToVal(plot.cursor.left, 'x'))],
      },
    },
    rest.data,
    element,
  );
  charts.push({ u, element, refresh });
}

function zoom(u) {
  const { left, width } = u.select;
  if (width < 3) return;
  show({ min: u.posToVal(left, 'x'), max: u.posToVal(left + width, 'x') });
  u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
}

let range = whole;
function show(next) {
  const least = Math.min(60, whole.max - whole.min);
  const middle = (next.min + next.max) / 2;
  range = next.max - next.min < least ? { min: middle - least / 2, max: middle + least / 2 } : next;
  for (const { u, refresh } of charts) {
    refresh?.(u, range);
    u.setScale('x', range);
  }
}

function indicator(series) {
  const { probe } = series;
  const parent = panel(
    probe,
    boundsOf(probe).map(({ kind, text }) => ({
      text,
      colour: css(kind === 'suffering' ? 'bad' : 'good'),
      form: 'dash',
    })),
    [
      ...data.confs.map(({ short }, i) => ({
        text: data.confs.length > 1 ? `request, ${short}` : 'request',
        colour: css(CONF_COLOURS[i]),
        form: 'stroke',
      })),
      { text: 'reading missing', colour: css('gap') },
      ...(data.confs.some(({ hours }) => hours.length)
        ? [{ text: 'working hours', colour: css('open') }]
        : []),
    ],
  );
  let seen = visible(series, whole, 1000);
  const values = boundsOf(probe).map(({ value }) => value);
  chart(parent, 320, {
    data: [seen.x, seen.y],
    scales: {
      x: { ...fixed },
      y: { range: (_, low, high) => span([low ?? 0, high ?? 1, ...values]) },
    },
    series: [{}, { stroke: css('line'), width: 1, points: { show: false }, spanGaps: false }],
    axes: axes({}),
    points: true,
    refresh(u, next) {
      seen = visible(series, next, Math.max(200, u.bbox.width / devicePixelRatio));
      u.setData([seen.x, seen.y], false);
    },
    hooks: {
      drawClear: [shadeHours],
      draw: [
        (u) => {
          const strip = 5 * devicePixelRatio;
          rectangles(u, seen.holes, css('gap'), u.bbox.top + u.bbox.height - strip, strip);
          drawRequests(u);
          drawBounds(u, probe);
        },
      ],
    },
  });
}

const fixed = { time: true, range: () => [range.min, range.max] };

function span(values) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = (high - low || 1) * 0.06;
  return [low >= 0 ? Math.max(0, low - margin) : low - margin, high + margin];
}

function hostBands() {
  const used = data.hosts.filter(({ name }) =>
    data.confs.some((c) => c.stays.some((s) => s.host === name)),
  );
  const keys = used.map(({ name, base }) => ({
    text: base ? `${name} (base)` : name,
    colour: colourOf(name),
  }));
  const parent = panel('Where the guest is', [], keys);
  for (const { short, stays } of data.confs) {
    if (data.confs.length > 1) parent.append(text('div', short, 'name'));
    chart(parent, 84, {
      data: [
        [whole.min, whole.max],
        [0, 1],
      ],
      scales: { x: { ...fixed }, y: { range: [0, 1] } },
      series: [{}, { show: true, stroke: 'transparent', points: { show: false } }],
      axes: axes({ values: () => [], grid: { show: false }, ticks: { show: false } }),
      hooks: { draw: [(u) => drawHosts(u, stays)] },
    });
  }
}

function hourly() {
  const keys =
    data.confs.length > 1
      ? data.confs.map(({ short }, i) => ({ text: short, colour: css(CONF_COLOURS[i]) }))
      : [];
  const parent = panel('Requests per hour', [], keys);
  const first = data.confs[0].hours0;
  // The last hour lasts as long as any other.
  const hours = data.confs.map(({ perHour }) => [...perHour, perHour.at(-1)]);
  const times = hours[0].map((_, i) => first + i * 3600);
  chart(parent, 170, {
    data: [times, ...hours],
    scales: {
      x: { ...fixed },
      y: { range: (_, _low, high) => [0, Math.max(1, high ?? 1) * 1.08] },
    },
    series: [
      {},
      ...data.confs.map((_, i) => ({
        stroke: css(CONF_COLOURS[i]),
        fill: `${css(CONF_COLOURS[i])}66`,
        width: 1,
        points: { show: false },
        paths: uPlot.paths.stepped({ align: 1 }),
      })),
    ],
    axes: axes({ incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500] }),
  });
}

// ── the page around them ────────────────────────────────────────────────────────────────────

function text(tag, content, className) {
  const element = document.createElement(tag);
  element.textContent = content;
  if (className) element.className = className;
  return element;
}

function panel(title, ...keys) {
  const element = document.createElement('section');
  element.className = 'panel';
  const head = element.appendChild(document.createElement('div'));
  head.className = 'head';
  head.append(text('h2', title));
  const list = head.appendChild(document.createElement('div'));
  list.className = 'keys';
  for (const { text: name, colour, form } of keys.flat()) {
    const item = list.appendChild(document.createElement('span'));
    const chip = item.appendChild(document.createElement('i'));
    if (form) chip.className = form;
    if (form === 'dash') chip.style.borderColor = colour;
    else chip.style.background = colour;
    item.append(name);
  }
  document.getElementById('charts').append(element);
  return element;
}

const clock = new Intl.DateTimeFormat('en-GB', {
  timeZone: data.zone,
  weekday: 'short',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});

/** What holds at a moment, in words: under the pointer of any chart. */
function tell(t) {
  const parts = [clock.format(new Date(t * 1000))];
  for (const series of all) {
    const i = firstFrom(series.at, t + 1e-3) - 1;
    const stands = i >= 0 && t - series.at[i] <= series.gap;
    const value = stands ? series.values[i] : Number.NaN;
    parts.push(`${series.probe} ${Number.isNaN(value) ? 'missing' : Number(value.toPrecision(6))}`);
  }
  for (const { short, stays, requests } of data.confs) {
    const host = stays.find(({ from, to }) => from <= t && t < to)?.host;
    const near = (range.max - range.min) / 200;
    const request = requests.findLast(({ at }) => Math.abs(at - t) < near);
    const said = request ? `, ${request.text}` : '';
    parts.push(`${data.confs.length > 1 ? `${short}: ` : ''}${host ? `at ${host}` : ''}${said}`);
  }
  document.getElementById('readout').textContent = parts.filter(Boolean).join('  ·  ');
}

const all = data.series.map(decoded);
for (const series of all) indicator(series);
hostBands();
hourly();
show(whole);
addEventListener('resize', () => {
  for (const { u, element } of charts) u.setSize({ width: element.clientWidth, height: u.height });
});
