const whole = new Intl.NumberFormat('en-US');

/** 1,234,567 */
export const count = value => whole.format(value);

/** 3.2, 48, 1,230 */
export function rate(value) {
  if (!value) return '–';
  return value < 10 ? value.toFixed(1) : whole.format(Math.round(value));
}

/** 12 s, 4 min 10 s, 3 h 20 min, 2 d 4 h */
export function duration(seconds) {
  if (seconds === null || seconds === undefined || !isFinite(seconds)) return '–';
  const s = Math.ceil(seconds);
  const pair = (big, unit, small, rest) => small ? `${big} ${unit} ${small} ${rest}` : `${big} ${unit}`;
  if (s < 60) return `${s} s`;
  if (s < 3600) return pair(Math.floor(s / 60), 'min', s < 600 ? s % 60 : 0, 's');
  if (s < 86400) return pair(Math.floor(s / 3600), 'h', Math.floor(s % 3600 / 60), 'min');
  return pair(Math.floor(s / 86400), 'd', Math.floor(s % 86400 / 3600), 'h');
}

/** 12 KiB, 3.4 GiB */
export function bytes(value) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) [value, unit] = [value / 1024, unit + 1];
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** 12.3 % */
export const percent = share => `${(100 * share).toFixed(share < 0.0995 ? 1 : 0)} %`;
