import { call } from './api.js';
import { $, h, text, toast } from './dom.js';
import { bytes, count, duration, rate } from './format.js';

const words = { seg: 'segmentation', keypoints: 'keypoints', depth: 'depth' };
let pairs = [];

function body(form) {
  const value = name => form.elements[name].value;
  return {
    name: value('name'), pair: value('pair'), samples: Number(value('samples')), seed: value('seed'), keep: Number(value('keep')), truncation: Number(value('truncation')),
    image_format: value('image_format'), labels: [...document.querySelectorAll('#submit-labels input:checked')].map(box => box.value),
  };
}

function showLabels(form) {
  const pair = pairs.find(p => p.digest === form.elements.pair.value);
  $('#submit-labels').replaceChildren(...(pair?.labels ?? []).map(label => h('label', { class: 'check' }, h('input', { type: 'checkbox', value: label, checked: true }), words[label])));
}

function describe(estimate) {
  const facts = [['Time', duration(estimate.seconds_now ?? estimate.seconds)], ['On storage', bytes(estimate.bytes)], ['Samples/s', rate(estimate.rate)], ['Shards', `${count(estimate.shards)} × ${count(estimate.shard_size)}`], ['A sample', bytes(estimate.bytes_per_sample)], ['Draws a sample', estimate.draws_per_sample.toFixed(2)]];
  const notes = [`Measured just now with ${estimate.tried_samples} samples, for ${estimate.nodes} ${estimate.nodes === 1 ? 'node' : 'nodes'}.`];
  if (estimate.nodes === 0) notes.push('No node takes work now: it will wait.');
  else if (estimate.share === 0) notes.push('A dataset of higher priority is running: it will wait for that one.');
  else if (estimate.share < 1) notes.push(`Other datasets are running: its share is ${Math.round(100 * estimate.share)} %, alone it would take ${duration(estimate.seconds)}.`);
  $('#estimate').replaceChildren(h('dl', {}, facts.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value)))), h('p', {}, notes.join(' ')));
}

/** The form that submits a dataset, with an estimate before. */
export function startSubmit(opener) {
  const dialog = $('#submit');
  const form = $('form', dialog);
  const error = $('.error', dialog);
  const ready = isReady => { $('#submit-button').disabled = !isReady; };
  const stale = () => {
    if ($('#submit-button').disabled) return;
    ready(false);
    $('#estimate').replaceChildren(h('span', { class: 'note' }, 'The request has changed: estimate again.'));
  };
  opener.hidden = false;
  opener.addEventListener('click', async () => {
    text(error, '');
    ready(false);
    dialog.showModal();
    try {
      pairs = await call('GET', '/pairs');
      const before = form.elements.pair.value;
      form.elements.pair.replaceChildren(...pairs.map(p => h('option', { value: p.digest }, `${p.name} (${p.width}×${p.height})`)));
      if (pairs.some(p => p.digest === before)) form.elements.pair.value = before;
      showLabels(form);
    } catch (problem) {
      text(error, problem.message);
    }
  });
  form.addEventListener('input', event => {
    if (event.target.name === 'pair') showLabels(form);
    stale();
  });
  $('#estimate-button').addEventListener('click', async () => {
    text(error, '');
    if (!form.reportValidity()) return;
    const button = $('#estimate-button');
    button.disabled = true;
    text(button, 'Estimating…');
    try {
      describe(await call('POST', '/datasets/estimate', body(form)));
      ready(true);
    } catch (problem) {
      if (problem.status === 503) {
        // Nobody can try it now. Where nodes come when work waits (docs/guides/kubernetes.md), none would ever come for an estimate.
        $('#estimate').replaceChildren(h('p', {}, `No estimate: ${problem.message}. It may be submitted all the same: with no node yet, it will wait.`));
        ready(true);
      } else {
        text(error, problem.message);
      }
    } finally {
      button.disabled = false;
      text(button, 'Estimate');
    }
  });
  form.addEventListener('submit', async event => {
    event.preventDefault();
    if ($('#submit-button').disabled || !form.reportValidity()) return;
    const wanted = body(form);
    ready(false);
    try {
      await call('POST', '/datasets', wanted);
      dialog.close();
      toast(`${wanted.name}: submitted`);
      location.hash = `#/${encodeURIComponent(wanted.name)}`;
    } catch (problem) {
      text(error, problem.message);
      ready(true);
    }
  });
}
