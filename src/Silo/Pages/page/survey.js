import { call } from './api.js';
import { $, h, keyed, text } from './dom.js';
import { count, percent } from './format.js';

/** Class shares and the uncertainty histogram over some committed shards. */
export async function showSurvey(dataset, request) {
  const survey = await call('GET', `/datasets/${encodeURIComponent(dataset)}/survey`).catch(() => null);
  if (!survey) return;
  text($('#survey-note'), survey.samples ? `from ${count(survey.samples)} samples` : 'no shard is committed yet');
  const classes = request.schema.classes.map((c, i) => ({ ...c, share: survey.class_shares[i] ?? 0 }));
  const largest = Math.max(0.01, ...classes.map(c => c.share));
  keyed($('#shares'), classes, c => c.name, c => {
    const fill = h('i');
    fill.style.background = c.color;
    return h('li', {}, h('span', { class: 'name', title: c.name }, c.name), h('div', { class: 'track' }, fill), h('span', { class: 'num' }));
  }, (row, c) => {
    $('i', row).style.width = `${100 * c.share / largest}%`;
    text($('.num', row), survey.samples ? percent(c.share) : '–');
  });
  const highest = Math.max(1, ...survey.uncertainty_counts);
  const histogram = $('#histogram');
  keyed(histogram, survey.uncertainty_counts.map((value, i) => ({ value, i })), bin => String(bin.i), () => h('i'), (bar, bin) => {
    bar.style.height = `${bin.value ? Math.max(1, 100 * bin.value / highest) : 0}%`;
  });
  histogram.setAttribute('aria-label', `Histogram of the uncertainty of ${count(survey.samples)} samples, from 0 to ${survey.uncertainty_max.toPrecision(2)}`);
  text($('#histogram-max'), survey.uncertainty_max.toPrecision(2));
}
