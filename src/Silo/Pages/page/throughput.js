import uPlot from './vendor/uplot/uPlot.esm.js';
import { $, h } from './dom.js';
import { rate } from './format.js';

const most = 5;
const keepSeconds = 1800;
let seconds = [], total = [], lines = new Map(), chart = null, minutes = 5;

const style = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function names() {
  const from = seconds.length ? seconds.at(-1) - minutes * 60 : 0;
  const start = seconds.findIndex(s => s >= from);
  return [...lines.keys()].filter(name => lines.get(name).slice(Math.max(0, start)).some(v => v)).sort().slice(0, most);
}

function draw() {
  const target = $('#chart');
  const shown = names();
  const colors = ['--s1', '--s2', '--s3', '--s4', '--s5', '--s6'].map(style);
  const series = shown.length === 1 ? [] : shown;
  const size = { width: target.clientWidth, height: target.clientHeight };
  const grid = { stroke: style('--line'), width: 1 };
  const axis = { stroke: style('--dim'), grid, ticks: grid, font: '12px system-ui, sans-serif' };
  chart?.destroy();
  chart = new uPlot({
    ...size,
    cursor: { y: false },
    scales: { x: { range: () => [now() - minutes * 60, now()] }, y: { range: (_, __, max) => [0, Math.max(1, max * 1.15)] } },
    axes: [{ ...axis, space: 80, size: 28, values: (_, ticks) => ticks.map(t => new Date(t * 1000).toTimeString().slice(0, 5)) }, { ...axis, size: 52, values: (_, ticks) => ticks.map(t => (Number.isInteger(t) ? String(t) : t.toFixed(1))) }],
    series: [{}, { stroke: colors[0], width: 2, fill: `${colors[0]}22`, points: { show: false } }, ...series.map((_, i) => ({ stroke: colors[i + 1], width: 1.5, points: { show: false } }))],
  }, data(series), target);
  chart.shown = shown.join('\n');
  $('#legend').replaceChildren(...[shown.length === 1 ? shown[0] : 'all datasets', ...series].map((name, i) => {
    const mark = h('i');
    mark.style.background = colors[i];
    return h('li', {}, mark, name);
  }));
}

const now = () => (seconds.length ? seconds.at(-1) : Date.now() / 1000);
const data = series => [seconds, total, ...series.map(name => lines.get(name))];

function refresh() {
  const shown = names();
  if (shown.join('\n') !== chart.shown) draw();
  else chart.setData(data(shown.length === 1 ? [] : shown));
  $('#chart').setAttribute('aria-label', `Samples a second over time; now ${rate(total.at(-1))}`);
}

/** Begins with what the silo remembers. */
export async function startChart(history) {
  seconds = history.seconds;
  total = history.rate;
  lines = new Map(Object.entries(history.datasets));
  draw();
  new ResizeObserver(() => chart.setSize({ width: $('#chart').clientWidth, height: $('#chart').clientHeight })).observe($('#chart'));
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
  for (const button of document.querySelectorAll('[data-minutes]')) {
    button.addEventListener('click', () => {
      minutes = Number(button.dataset.minutes);
      for (const other of document.querySelectorAll('[data-minutes]')) other.setAttribute('aria-pressed', String(other === button));
      draw();
    });
  }
}

/** Adds what the cluster says now. */
export function addToChart(view) {
  const at = Date.parse(view.time) / 1000;
  if (seconds.length && at <= seconds.at(-1)) return;
  seconds.push(at);
  total.push(view.rate);
  const moving = new Map(view.datasets.filter(d => !d.over).map(d => [d.name, d.rate]));
  for (const name of moving.keys()) if (!lines.has(name)) lines.set(name, new Array(seconds.length - 1).fill(null));
  for (const [name, line] of lines) line.push(moving.get(name) ?? null);
  while (seconds[0] < at - keepSeconds) {
    seconds.shift();
    total.shift();
    for (const line of lines.values()) line.shift();
  }
  refresh();
}
