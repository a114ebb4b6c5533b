// Elements of the page.

type Child = Node | string | false | null | undefined;
type Attributes = Record<string, string | number | boolean | ((event: MouseEvent) => void)>;

/** An element; a function among its attributes hears the event of that name. */
export function h<T extends keyof HTMLElementTagNameMap>(
  tag: T,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[T] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value as EventListener);
    else if (value !== false) element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== false && child !== null && child !== undefined));
  return element;
}

/** A text whose parts in backticks are code. */
export function prose(text: string): DocumentFragment {
  const fragment = document.createDocumentFragment();
  for (const [index, part] of text.split("`").entries()) {
    fragment.append(index % 2 === 1 ? h("code", {}, part) : part);
  }
  return fragment;
}

/** The element that the page must have. */
export function one<E extends Element = HTMLElement>(selector: string): E {
  const element = document.querySelector<E>(selector);
  if (!element) throw new Error(`the page has no ${selector}`);
  return element;
}

/** Does something once an element comes into sight. */
export function whenSeen(element: Element, act: () => void): void {
  const observer = new IntersectionObserver((seen) => {
    if (!seen.some(({ isIntersecting }) => isIntersecting)) return;
    observer.disconnect();
    act();
  });
  observer.observe(element);
}

/** A number as people read it. */
export const count = (number: number): string => number.toLocaleString("en-GB");

/** Tells a change to those who listen, once it has come to rest. */
export function announcer(element: HTMLElement): (text: string) => void {
  let timer = 0;
  return (text) => {
    clearTimeout(timer);
    timer = window.setTimeout(() => {
      if (element.textContent !== text) element.textContent = text;
    }, 400);
  };
}
