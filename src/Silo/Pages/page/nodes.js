import { call } from './api.js';
import { $, h, keyed, text, toast } from './dom.js';
import { rate } from './format.js';

async function order(node, verb) {
  try {
    const [silo, device] = [node.silo, node.device].map(encodeURIComponent);
    await call('POST', `/nodes/${silo}/${device}/${verb}`);
    toast(`${node.node}: ${verb === 'drain' ? 'finishes what it has' : 'takes work again'}`);
  } catch (problem) {
    toast(problem.message, true);
  }
}

function make(node) {
  return h('tr', {},
    h('td', {}, node.node),
    h('td', {}, h('span', { class: 'badge' })),
    h('td', { class: 'num' }),
    h('td', {}),
    h('td', {}, h('div', { class: 'controls' },
      h('button', { 'aria-label': `Drain ${node.node}`, 'data-verb': 'drain', onclick: () => order(node, 'drain') }, 'Drain'),
      h('button', { 'aria-label': `Resume ${node.node}`, 'data-verb': 'resume', onclick: () => order(node, 'resume') }, 'Resume'))));
}

function update(row, node, session) {
  const badge = $('.badge', row);
  badge.className = `badge ${node.state}`;
  text(badge, node.state);
  badge.title = node.last_error ? `last error: ${node.last_error}` : '';
  text(row.cells[2], rate(node.rate));
  text(row.cells[3], node.bottleneck === 'idle' ? '–' : node.bottleneck);
  const verbs = { drain: ['idle', 'working'].includes(node.state), resume: ['draining', 'stopped'].includes(node.state) };
  for (const control of row.querySelectorAll('button')) control.hidden = !session.may('operator') || !verbs[control.dataset.verb];
}

/** The table of nodes. */
export function showNodes(nodes, session) {
  keyed($('#nodes tbody'), nodes, n => n.node, make, (row, n) => update(row, n, session));
  $('#no-nodes').hidden = nodes.length > 0;
}
