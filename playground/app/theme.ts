// Light, dark, or as the system has it.
import { one } from "./dom.ts";

const THEMES = ["auto", "light", "dark"];

export function startTheme(): void {
  const button = one("#theme");
  let theme = "auto";
  try {
    theme = localStorage.getItem("theme") ?? theme;
  } catch {
    // Without storage it is as the system has it.
  }
  const apply = (): void => {
    document.documentElement.dataset["theme"] = theme;
    button.textContent = { light: "☀ Light", dark: "☾ Dark" }[theme] ?? "◐ Auto";
    button.setAttribute("aria-label", `Theme: ${theme}`);
  };
  button.addEventListener("click", () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "auto";
    try {
      localStorage.setItem("theme", theme);
    } catch {
      // It lasts as long as the page.
    }
    apply();
  });
  apply();
}
