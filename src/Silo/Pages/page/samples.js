import { call, overlay, sample } from './api.js';
import { $, h, text } from './dom.js';
import { count } from './format.js';
import { showSurvey } from './survey.js';

const wanted = 28;
const mostTiles = 48;
const kinds = { seg: 'masks', keypoints: 'keypoints', depth: 'depth' };
const refreshEvery = 4000;
const retryAfter = 10000;
let dataset = null, request = null, first = 0, total = 0, committed = -1, timer = 0, again = 0, open = null;

const parts = () => [...document.querySelectorAll('#parts input:checked')].map(box => box.value);
const labels = () => request.labels.filter(label => label in kinds);
const clampFirst = value => Math.max(0, Math.min(value, total - 1));

/** Shows the samples and labels of a dataset; null hides them. */
export async function selectDataset(name) {
  dataset = name;
  committed = -1;
  request = null;
  const details = name && await call('GET', `/datasets/${encodeURIComponent(name)}`).catch(() => null);
  if (dataset !== name) return; // another was chosen meanwhile
  for (const id of ['#samples', '#survey']) $(id).hidden = !details;
  if (!details) return;
  request = details.request;
  total = details.status.samples;
  first = 0;
  text($('#h-samples'), `Samples of ${name}`);
  const drawn = new Set(labels().slice(0, 1));
  $('#parts').replaceChildren($('#parts legend'), ...labels().map(label =>
    h('label', { class: 'check' }, h('input', { type: 'checkbox', value: label, checked: drawn.has(label), onchange: () => showMosaic() }), kinds[label])));
  $('#mosaic').replaceChildren(...Array.from({ length: mostTiles }, () => {
    const tile = h('button', { class: 'tile', onclick: () => showSample(Number(tile.dataset.index)) }, h('img', { alt: '', width: 160, height: 160 }), h('span'));
    return tile;
  }));
  showSelected([details.status]);
}

/** Hears the figures: the mosaic follows the newest samples, the survey what was committed. */
export function showSelected(datasets) {
  const status = datasets.find(d => d.name === dataset);
  if (!status || !request) return;
  const grown = status.samples > total;
  total = status.samples;
  if (!grown && (status.samples_committed === committed || (timer && !status.over))) return;
  committed = status.samples_committed;
  timer = setTimeout(() => { timer = 0; }, refreshEvery);
  if ($('#follow').checked) first = clampFirst(committed - fitting());
  showMosaic();
  showSurvey(dataset, request);
}

/** Tiles that fill whole rows, about thirty. */
function fitting() {
  const columns = getComputedStyle($('#mosaic')).gridTemplateColumns.split(' ').length;
  return Math.min(mostTiles, columns * Math.max(3, Math.round(wanted / columns)));
}

function showMosaic() {
  if (!request) return;
  const tiles = fitting();
  $('#first').value = String(first);
  $('#first').max = String(Math.max(0, total - 1));
  const drawn = parts();
  [...$('#mosaic').children].forEach((tile, i) => {
    const index = first + i;
    tile.hidden = index >= total || i >= tiles;
    if (tile.hidden) return;
    const address = overlay(dataset, index, drawn, request.width, 160);
    if (tile.dataset.address === address) return;
    Object.assign(tile.dataset, { address, index });
    tile.setAttribute('aria-label', `Sample ${index}`);
    show(tile, address, index);
  });
}

/** Swaps the picture when the new one is there, so that nothing blinks. */
async function show(tile, address, index) {
  const next = new Image(160, 160);
  next.src = address;
  next.alt = '';
  try {
    await next.decode();
  } catch {
    if (tile.dataset.address === address) {
      tile.classList.add('failed');
      delete tile.dataset.address; // tried again with the next refresh, or by itself
      clearTimeout(again);
      again = setTimeout(showMosaic, retryAfter);
    }
    return;
  }
  if (tile.dataset.address !== address) return;
  tile.classList.remove('failed');
  $('img', tile).replaceWith(next);
  text($('span', tile), count(index));
}

async function showSample(index) {
  open = index;
  const shown = dataset;
  const dialog = $('#sample');
  text($('#h-sample'), `${shown}, sample ${count(index)}`);
  const views = [['image', sample(shown, index, '/image')]];
  if (request.labels.includes('seg')) views.push(['mask drawn over', overlay(shown, index, ['seg'], request.width, 480)]);
  if (request.labels.includes('keypoints')) views.push(['keypoints', overlay(shown, index, ['keypoints'], request.width, 480)]);
  if (request.labels.includes('depth')) views.push(['depth (near is bright)', overlay(shown, index, ['depth'], request.width, 480)]);
  $('#sample-views').replaceChildren(...views.map(([caption, address]) =>
    h('figure', {}, h('div', { class: 'frame' }, h('img', { src: address, alt: `Sample ${index}: ${caption}` })), h('figcaption', {}, caption))));
  $('#sample-classes').replaceChildren(...request.schema.classes.map(c => {
    const mark = h('i');
    mark.style.background = c.color;
    return h('li', {}, mark, c.name);
  }));
  $('#previous-sample').disabled = index === 0;
  $('#next-sample').disabled = index + 1 >= total;
  if (!dialog.open) dialog.showModal();
  try {
    const json = await fetch(sample(shown, index)).then(r => r.json());
    if (open !== index) return;
    const facts = {
      Uncertainty: `${json.uncertainty.toPrecision(3)}${json.flagged ? ' (flagged: every attempt was too uncertain)' : ''}`,
      Attempt: String(json.attempt),
      'Image SHA-256': json.image_sha256,
      'Labels SHA-256': json.labels_sha256,
    };
    if (json.keypoints) facts.Keypoints = json.keypoints.map(([x, y, v], k) => `${request.schema.keypoints[k]} ${v ? `${x.toFixed(1)}, ${y.toFixed(1)}` : 'not visible'}`).join('; ');
    $('#sample-facts').replaceChildren(...Object.entries(facts).flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]));
  } catch {
    $('#sample-facts').replaceChildren(h('dd', {}, 'its metadata could not be read'));
  }
}

function page(step) {
  $('#follow').checked = false;
  first = clampFirst(first + step * fitting());
  showMosaic();
}

$('#earlier').addEventListener('click', () => page(-1));
$('#later').addEventListener('click', () => page(1));
$('#first').addEventListener('change', event => {
  $('#follow').checked = false;
  first = clampFirst(Number(event.target.value) || 0);
  showMosaic();
});
$('#follow').addEventListener('change', () => { committed = -1; });
let width = 0;
new ResizeObserver(([entry]) => {
  if (Math.abs(entry.contentRect.width - width) < 1) return;
  width = entry.contentRect.width;
  showMosaic();
}).observe($('#mosaic'));
$('#previous-sample').addEventListener('click', () => showSample(open - 1));
$('#next-sample').addEventListener('click', () => showSample(open + 1));
$('#sample').addEventListener('keydown', event => {
  if (event.key === 'ArrowLeft' && open > 0) showSample(open - 1);
  if (event.key === 'ArrowRight' && open + 1 < total) showSample(open + 1);
});
