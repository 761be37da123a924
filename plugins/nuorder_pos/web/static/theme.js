// The page stands in a frame of Airflow's UI, which has a switch for light and dark of its own: follow it.
// Loaded before the style sheet, so that nothing is painted in the wrong colours first.
(() => {
  "use strict";
  const own = document.documentElement;
  let outer = null;
  try {
    if (window.parent !== window) outer = window.parent.document.documentElement;
  } catch {
    outer = null; // a frame of another site: the policy forbids it, the colours do not matter
  }
  if (!outer) return;
  const follow = () => {
    const said = outer.dataset.theme || [...outer.classList].find((name) => name === "dark" || name === "light");
    if (said === "dark" || said === "light") own.dataset.theme = said;
  };
  follow();
  new MutationObserver(follow).observe(outer, { attributes: true, attributeFilter: ["class", "data-theme"] });
})();
