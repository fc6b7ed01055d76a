import { call } from './api.js';
import { $, h, keyed, text, toast } from './dom.js';
import { count, duration, percent, rate } from './format.js';

async function command(work, done) {
  try {
    await work();
    if (done) toast(done);
  } catch (problem) {
    toast(problem.message, true);
  }
}

/** Asks before what cannot be taken back, or for a number; the answer or null. */
function ask(title, explanation, button, number) {
  const dialog = $('#ask');
  const form = $('form', dialog);
  text($('#h-ask'), title);
  text($('#ask-text'), explanation);
  text($('#ask-button'), button);
  $('#ask-field').hidden = !number;
  const input = form.elements.value;
  input.required = Boolean(number);
  if (number) {
    text($('#ask-field span'), number.label);
    [input.min, input.value] = [number.min, number.value];
  }
  dialog.showModal();
  return new Promise(resolve => {
    let answer = null;
    form.onsubmit = () => { answer = number ? Number(input.value) : true; };
    dialog.onclose = () => resolve(answer);
  });
}

function button(label, name, onclick) {
  return h('button', { 'aria-label': `${label} ${name}`, 'data-verb': label.toLowerCase(), onclick }, label);
}

function make(dataset) {
  const name = dataset.name;
  const path = `/datasets/${encodeURIComponent(name)}`;
  const row = h('tr', {},
    h('td', {}, h('button', { class: 'plain', onclick: () => { location.hash = `#/${encodeURIComponent(name)}`; } }, name)),
    h('td', {}, h('span', { class: 'badge' })),
    h('td', { class: 'progress' },
      h('div', { class: 'count' }, h('span', { class: 'done' }), h('span', { class: 'share' })),
      h('div', { class: 'bar', role: 'progressbar', 'aria-label': `Progress of ${name}`, 'aria-valuemin': 0, 'aria-valuemax': 100 }, h('i', { class: 'flight' }), h('i', { class: 'committed' })),
      h('div', { class: 'message' })),
    h('td', { class: 'num', 'data-label': 'Samples/s' }),
    h('td', { class: 'num', 'data-label': 'Time left' }),
    h('td', {}, h('div', { class: 'controls' },
      button('Pause', name, () => command(() => call('POST', `${path}/pause`), `${name}: paused`)),
      button('Resume', name, () => command(() => call('POST', `${path}/resume`), `${name}: goes on`)),
      button('Extend', name, async () => {
        const samples = await ask(`Extend ${name}`, 'The samples that are there stay as they are; only the new ones are made.', 'Extend', { label: 'Samples in all', min: row.samples + 1, value: 2 * row.samples });
        if (samples) await command(() => call('POST', `${path}/extend`, { samples }), `${name}: extended to ${count(samples)} samples`);
      }),
      button('Cancel', name, async () => {
        if (await ask(`Cancel ${name}?`, 'It is given up for good. What is committed stays on storage.', 'Cancel the dataset')) await command(() => call('POST', `${path}/cancel`), `${name}: cancelled`);
      }))));
  return row;
}

function update(row, dataset, session, chosen) {
  row.samples = dataset.samples;
  row.setAttribute('aria-selected', String(dataset.name === chosen));
  const cells = row.cells;
  const badge = $('.badge', cells[1]);
  badge.className = `badge ${dataset.phase}`;
  text(badge, dataset.phase);
  const total = Math.max(1, dataset.samples);
  const share = dataset.samples_committed / total;
  text($('.done', row), `${count(dataset.samples_committed)} of ${count(dataset.samples)} samples`);
  text($('.share', row), percent(share));
  $('.committed', row).style.width = `${100 * share}%`;
  $('.flight', row).style.width = `${Math.min(100, 100 * (dataset.samples_committed + dataset.samples_in_flight) / total)}%`;
  $('.bar', row).setAttribute('aria-valuenow', String(Math.floor(100 * share)));
  text($('.message', row), dataset.message || (dataset.poison.length ? `${dataset.poison.length} shards set aside: ${dataset.poison[0].error}` : ''));
  text(cells[3], rate(dataset.rate));
  text(cells[4], dataset.over ? '–' : duration(dataset.eta_seconds));
  const verbs = {
    pause: ['running', 'opening'].includes(dataset.phase),
    resume: ['paused', 'stopped', 'failed'].includes(dataset.phase),
    extend: dataset.phase === 'complete',
    cancel: !['complete', 'cancelled'].includes(dataset.phase),
  };
  for (const control of row.querySelectorAll('.controls button')) control.hidden = !session.may('writer') || !verbs[control.dataset.verb];
}

/** The table of datasets: those that move first, then by name. */
export function showDatasets(datasets, session, chosen) {
  const rank = d => (d.over ? 1 : 0);
  const ordered = [...datasets].sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
  keyed($('#dataset-table tbody'), ordered, d => d.name, make, (row, d) => update(row, d, session, chosen));
  $('#no-datasets').hidden = datasets.length > 0;
}
