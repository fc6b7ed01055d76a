/** Finds one element. */
export const $ = (selector, root = document) => root.querySelector(selector);

/** Makes an element: h('td', { class: 'num', onclick: f }, child, ...). Text is always text, never markup. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat().filter(child => child !== null && child !== undefined));
  return element;
}

/** Changes text only when it differs: screen readers and selections are left alone. */
export function text(element, value) {
  if (element.textContent !== value) element.textContent = value;
}

/** Keeps one element an item in step with a list, in its order, without remaking those that stay. */
export function keyed(parent, items, keyOf, make, update) {
  const there = new Map([...parent.children].map(child => [child.dataset.key, child]));
  let at = parent.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    let element = there.get(key);
    there.delete(key);
    if (!element) {
      element = make(item);
      element.dataset.key = key;
    }
    update(element, item);
    if (element === at) at = at.nextElementSibling;
    else parent.insertBefore(element, at);
  }
  for (const gone of there.values()) gone.remove();
}

/** Says something for a few seconds. */
export function toast(message, bad = false) {
  const element = h('div', { class: bad ? 'toast bad' : 'toast' }, message);
  $('#toasts').append(element);
  setTimeout(() => element.remove(), bad ? 9000 : 4000);
}

for (const dialog of document.querySelectorAll('dialog')) {
  for (const button of dialog.querySelectorAll('[data-close]')) button.addEventListener('click', () => dialog.close());
}
