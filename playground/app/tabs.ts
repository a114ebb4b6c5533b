// Tabs, as the ARIA Authoring Practices have them: arrow keys move, the panel follows.
import { one } from "./dom.ts";

export interface Tabs {
  readonly chosen: string;
  choose(name: string): void;
}

/** Wires the tabs of a list to their panels: `data-tab="x"` belongs to `#panel-x`. */
export function tabs(list: HTMLElement, chosen: (name: string) => void): Tabs {
  const buttons = [...list.querySelectorAll<HTMLButtonElement>("[data-tab]")];
  const nameOf = (button: HTMLButtonElement): string => button.dataset["tab"] ?? "";
  let current = "";
  const choose = (name: string): void => {
    if (!buttons.some((button) => nameOf(button) === name)) return;
    current = name;
    for (const button of buttons) {
      const selected = nameOf(button) === name;
      button.setAttribute("aria-selected", String(selected));
      button.tabIndex = selected ? 0 : -1;
      one(`#panel-${nameOf(button)}`).hidden = !selected;
      // On a phone there is not room for all.
      if (selected) list.scrollLeft = button.offsetLeft - list.offsetLeft;
    }
    chosen(name);
  };
  for (const [index, button] of buttons.entries()) {
    button.addEventListener("click", () => choose(nameOf(button)));
    button.addEventListener("keydown", (event) => {
      const steps: Record<string, number> = { ArrowRight: index + 1, ArrowLeft: index - 1, Home: 0, End: -1 };
      const next = steps[event.key];
      const target = next === undefined ? undefined : buttons.at(next % buttons.length);
      if (!target) return;
      event.preventDefault();
      target.focus();
      choose(nameOf(target));
    });
  }
  return {
    get chosen() {
      return current;
    },
    choose,
  };
}
