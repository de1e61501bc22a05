/**
 * Building the page. Text only ever becomes text: nothing here, or anywhere in the page, reads markup.
 * @typedef {Node | string | number | null | undefined | false | readonly unknown[]} Child
 * @typedef {Record<string, unknown>} Props
 */

const SVG = 'http://www.w3.org/2000/svg';

/**
 * An element. Keys beginning with "on" are handlers, `class` and `data` say what they say, the rest are attributes;
 * null, undefined and false leave an attribute out.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Props} [props]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  apply(element, props);
  element.append(...children.flatMap(toNodes));
  return element;
}

/**
 * @param {string} tag
 * @param {Props} [props]
 * @param {...Child} children
 * @returns {SVGElement}
 */
export function s(tag, props = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  apply(element, props);
  element.append(...children.flatMap(toNodes));
  return element;
}

/** @param {Element} element @param {Props} props */
function apply(element, props) {
  for (const [key, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith('on') && typeof value === 'function') {
      element.addEventListener(key.slice(2), /** @type {EventListener} */ (value));
    } else element.setAttribute(key, value === true ? '' : String(value));
  }
}

/** @param {unknown} child @returns {(Node | string)[]} */
function toNodes(child) {
  if (child === null || child === undefined || child === false) return [];
  if (Array.isArray(child)) return child.flatMap(toNodes);
  return [child instanceof Node ? child : String(child)];
}

/** @param {string} id @returns {HTMLElement} */
export function byId(id) {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`The page has no #${id}.`);
  return element;
}

/** Says something to those who listen instead of look. @param {string} text */
export function announce(text) {
  byId('announce').textContent = text;
}

/**
 * A table whose parts keep their roles where the layout makes cards of the rows.
 * @param {{ caption: string, hideCaption?: boolean, head: { label: string, number?: boolean, tight?: boolean }[], rows: Child[][], id?: string }} options
 */
export function table({ caption, hideCaption = true, head, rows, id }) {
  return h(
    'div',
    { class: 'scroll', role: 'region', 'aria-label': caption, tabindex: '0' },
    h(
      'table',
      { class: 'cards compact', role: 'table', id },
      h('caption', { class: hideCaption ? 'unseen' : null }, caption),
      h(
        'thead',
        { role: 'rowgroup' },
        h(
          'tr',
          { role: 'row' },
          head.map(({ label, number }) =>
            h('th', { scope: 'col', role: 'columnheader', class: number ? 'number' : null }, label),
          ),
        ),
      ),
      h(
        'tbody',
        { role: 'rowgroup' },
        rows.map((cells) =>
          h(
            'tr',
            { role: 'row' },
            cells.map((cell, place) =>
              place === 0
                ? h('th', { scope: 'row', role: 'rowheader' }, cell)
                : h(
                    'td',
                    {
                      role: 'cell',
                      'data-label': head[place]?.label || null,
                      class: head[place]?.number ? 'number' : head[place]?.tight ? 'tight' : null,
                    },
                    cell,
                  ),
            ),
          ),
        ),
      ),
    ),
  );
}
