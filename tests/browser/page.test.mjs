// The page in a real Chromium, on a real cluster of two silos, one of which is killed. The pictures of docs/images are taken on the way
// when HANDSOFF_SCREENSHOTS names the folder.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { missing, startCluster } from './cluster.mjs';

const skip = missing();
if (skip && process.env.HANDSOFF_REQUIRE_SERVERS === '1') throw new Error(skip);
const patience = 400_000;
let cluster, browser, page;
const faults = [];

async function picture(name, options = {}) {
  const folder = process.env.HANDSOFF_SCREENSHOTS;
  if (folder) await page.screenshot({ path: join(folder, `page-${name}.png`), animations: 'disabled', ...options });
}

const row = name => page.locator('#dataset-table tbody tr', { has: page.getByRole('button', { name, exact: true }) });
const badge = name => row(name).locator('.badge');
const phase = (name, wanted) => badge(name).filter({ hasText: wanted }).waitFor({ timeout: patience });
const painted = locator => locator.evaluateAll(images => images.length > 0 && images.every(image => image.complete && image.naturalWidth > 0));

async function until(what, condition) {
  const end = Date.now() + patience;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`${what}: not within ${patience / 1000} s`);
    await page.waitForTimeout(200);
  }
}

before(async () => {
  if (skip) return;
  cluster = await startCluster(['silo-a', 'silo-b']);
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-dev-shm-usage'] });
  const context = await browser.newContext({ viewport: { width: 1440, height: 1080 }, colorScheme: 'light' });
  page = await context.newPage();
  page.setDefaultTimeout(patience);
  page.on('console', message => {
    // A call that is refused is the page's to tell (the first look at the session is: that is how it learns that it must ask
    // for a key); errors of its scripts and of the content policy are faults.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) faults.push(`${message.text()} ${message.location().url}`);
  });
  page.on('pageerror', error => faults.push(String(error)));
  page.on('request', request => {
    if (!request.url().startsWith(cluster.address('silo-a')) && !request.url().startsWith('blob:')) faults.push(`asks elsewhere: ${request.url()}`);
  });
  await page.addInitScript(() => {
    window.shifted = 0;
    new PerformanceObserver(list => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
    }).observe({ type: 'layout-shift', buffered: true });
  });
});

after(async () => {
  await browser?.close();
  await cluster?.stop();
});

test('a wrong key is refused and a right one signs in', { skip }, async () => {
  await page.goto(cluster.address('silo-a'));
  const dialog = page.getByRole('dialog', { name: 'Sign in' });
  await dialog.getByLabel('API key').fill('ho_000000000000_wrongwrongwrongwrong');
  await dialog.getByRole('button', { name: 'Sign in' }).click();
  await dialog.getByText('the key is not known').waitFor();
  await dialog.getByLabel('API key').fill(cluster.keys.operator);
  await page.keyboard.press('Enter');
  await page.getByText('browser test (operator)').waitFor();
  await page.getByText('live', { exact: true }).waitFor();
  for (const node of ['silo-a/cpu:0', 'silo-b/cpu:0']) await page.getByRole('cell', { name: node, exact: true }).waitFor();
});

test('a dataset is submitted with the keyboard, after an estimate', { skip }, async () => {
  await page.getByRole('button', { name: 'New dataset' }).focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'New dataset' });
  await dialog.getByLabel('Pair').selectOption({ label: 'scenes-64 (64×64)' });
  await dialog.getByLabel('Name').fill('My Portraits');
  await dialog.getByLabel('Samples').fill('600');
  await dialog.getByLabel('Seed').fill('7');
  assert.equal(await dialog.getByRole('button', { name: 'Submit' }).isDisabled(), true);
  await dialog.getByRole('button', { name: 'Estimate' }).press('Enter');
  assert.equal(await dialog.getByLabel('Name').evaluate(input => input.matches(':invalid')), true);
  await dialog.getByLabel('Name').fill('portraits');
  await dialog.getByRole('button', { name: 'Estimate' }).press('Enter');
  await dialog.getByText('On storage').waitFor();
  await picture('submit');
  await dialog.getByLabel('Samples').fill('601');
  assert.equal(await dialog.getByRole('button', { name: 'Submit' }).isDisabled(), true);
  await dialog.getByLabel('Samples').fill('600');
  await dialog.getByRole('button', { name: 'Estimate' }).press('Enter');
  await dialog.getByText('On storage').waitFor();
  await dialog.getByRole('button', { name: 'Submit' }).press('Enter');
  await dialog.waitFor({ state: 'hidden' });
  await phase('portraits', 'running');
});

test('it is paused, makes nothing more, and goes on', { skip }, async () => {
  await page.getByRole('button', { name: 'Pause portraits' }).click();
  await phase('portraits', 'paused');
  const figures = () => page.evaluate(() => fetch('/api/v1/datasets/portraits').then(r => r.json()).then(d => d.status));
  await until('no shard in work', async () => (await figures()).shards_leased === 0);
  const before = (await figures()).samples_committed;
  await page.waitForTimeout(2500);
  assert.equal((await figures()).samples_committed, before);
  await page.getByRole('button', { name: 'Resume portraits' }).click();
  await phase('portraits', 'running');
});

test('samples, class shares and uncertainty show while it runs', { skip }, async () => {
  await until('samples are committed', async () => Number(await row('portraits').getByRole('progressbar').getAttribute('aria-valuenow')) >= 20);
  await until('the mosaic is painted', () => painted(page.locator('#mosaic .tile:not([hidden]) img')));
  await until('class shares', async () => (await page.locator('#shares .num').allTextContents()).some(text => text.includes('%')));
  await until('the chart is drawn', () => page.locator('#chart canvas').evaluate(canvas => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const colours = new Set();
    for (let i = 0; i < data.length; i += 4) if (data[i + 3]) colours.add(`${data[i]},${data[i + 1]},${data[i + 2]}`);
    return colours.size > 2; // axes, grid and at least one line
  }));
  await until('the histogram', async () => (await page.locator('#histogram i').evaluateAll(bars => bars.filter(bar => bar.offsetHeight > 0).length)) > 3);
  await page.waitForTimeout(3000);
  await picture('overview', { fullPage: true });
});

test('a sample\'s labels are shown', { skip }, async () => {
  await page.locator('#mosaic .tile').first().click();
  const dialog = page.locator('#sample');
  await until('its views are painted', () => painted(dialog.locator('img')));
  assert.match(await dialog.locator('h2').textContent(), /portraits, sample \d/);
  const captions = await dialog.locator('figcaption').allTextContents();
  assert.ok(captions.length > 1, captions.join());
  await dialog.getByText(/^[0-9a-f]{64}$/).first().waitFor();
  const first = await dialog.locator('h2').textContent();
  await page.keyboard.press('ArrowRight');
  await until('the next sample', async () => (await dialog.locator('h2').textContent()) !== first && painted(dialog.locator('img')));
  await picture('sample');
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
});

test('a killed silo is seen, and the dataset is completed without it', { skip }, async () => {
  await cluster.kill('silo-b');
  await page.locator('#nodes tbody tr', { hasText: 'silo-b/cpu:0' }).locator('.badge.lost').waitFor();
  await phase('portraits', 'complete');
  assert.equal(await row('portraits').getByRole('progressbar').getAttribute('aria-valuenow'), '100');
  assert.match(await page.locator('#sum-nodes').textContent(), /1 of 2/);
});

test('nothing jumped on the page while it ran', { skip }, async () => {
  const shifted = await page.evaluate(() => window.shifted);
  assert.ok(shifted < 0.1, `layout shift ${shifted}`);
});

test('a complete dataset is extended, shows its new samples, and is cancelled', { skip }, async () => {
  const tiles = () => page.locator('#mosaic .tile:not([hidden])').count();
  const submitted = await page.evaluate(() => fetch('/api/v1/datasets', {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ name: 'few', pair: 'scenes-64', samples: 4, seed: 3, shard_size: 4 }),
  }).then(r => r.status));
  assert.equal(submitted, 202);
  await phase('few', 'complete');
  await page.getByRole('button', { name: 'few', exact: true }).click();
  await until('four tiles', async () => (await tiles()) === 4);
  await page.getByRole('button', { name: 'Extend few' }).click();
  const dialog = page.locator('#ask');
  await dialog.getByLabel('Samples in all').fill('20000');
  await dialog.getByRole('button', { name: 'Extend', exact: true }).click();
  await until('it has grown', async () => (await row('few').locator('.done').textContent()).includes('of 20,000'));
  await until('more tiles', async () => (await tiles()) > 4);
  await page.getByRole('button', { name: 'Cancel few' }).click();
  await dialog.getByRole('button', { name: 'Cancel the dataset' }).click();
  await phase('few', 'cancelled');
});

test('the skip link leads to the datasets and hides nothing', { skip }, async () => {
  await page.getByRole('link', { name: 'Skip to the datasets' }).press('Enter');
  await page.waitForURL('**/#datasets');
  await page.waitForTimeout(500);
  assert.equal(await page.locator('#samples').isVisible(), true);
  await page.getByRole('button', { name: 'portraits', exact: true }).click();
});

test('a picture that failed is asked for again', { skip }, async () => {
  const other = await page.context().newPage();
  let failed = 0;
  await other.route('**/overlay**', route => (failed++ < 3 ? route.fulfill({ status: 503, body: '' }) : route.continue()));
  await other.goto(`${cluster.address('silo-a')}#/portraits`);
  await other.locator('#mosaic .tile.failed').first().waitFor();
  await until('none is failed', async () => (await other.locator('#mosaic .tile.failed').count()) === 0);
  await other.close();
});

test('who is not signed in any more is asked to sign in', { skip }, async () => {
  const context = await browser.newContext();
  const other = await context.newPage();
  await other.goto(cluster.address('silo-a'));
  const dialog = other.getByRole('dialog', { name: 'Sign in' });
  await dialog.getByLabel('API key').fill(cluster.keys.reader);
  await other.route('**/api/v1/events', async route => {
    await context.clearCookies();
    await route.fulfill({ status: 401, contentType: 'application/problem+json', body: '{}' });
  });
  await dialog.getByRole('button', { name: 'Sign in' }).click();
  await dialog.waitFor({ state: 'hidden', timeout: patience });
  await dialog.waitFor({ timeout: patience });
  await context.close();
});

test('it reads well in the dark and on a phone', { skip }, async () => {
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.waitForTimeout(500);
  await picture('dark', { fullPage: true });
  await page.setViewportSize({ width: 390, height: 844 });
  await page.waitForTimeout(500);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'the page is wider than the phone');
  await picture('phone');
});

test('Orleans\' dashboard opens for an operator', { skip }, async () => {
  await page.setViewportSize({ width: 1440, height: 1080 });
  await page.getByRole('link', { name: 'Orleans' }).click();
  await page.getByText('Active Silos').or(page.getByText('Overview')).first().waitFor();
  await until('it counts the silo that is left', async () => /Active Silos\s*1/i.test(await page.locator('body').innerText()));
});

test('nothing was asked of other hosts and nothing broke', { skip }, async () => {
  assert.deepEqual(faults, []);
});
