// What a page needs because it stands in a frame of Airflow's UI. Loaded before the style sheet, so that nothing is
// painted in the wrong colours first.
(() => {
  "use strict";
  let outer = null;
  try {
    if (window.parent !== window) outer = window.parent.document;
  } catch {
    outer = null; // a frame of another site: the policy forbids it
  }
  if (!outer) return;

  // Airflow has a switch for light and dark of its own: follow it.
  const follow = () => {
    const theme = ["dark", "light"].find((name) => outer.documentElement.classList.contains(name));
    if (theme) document.documentElement.dataset.theme = theme;
  };
  follow();
  new MutationObserver(follow).observe(outer.documentElement, { attributes: true, attributeFilter: ["class"] });

  // Airflow 3.3's frame does not allow new windows, so a link to the POS would do nothing: the page around follows it.
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest('a[target="_blank"]') : null;
    if (!link || event.defaultPrevented || !/^https?:$/.test(link.protocol)) return;
    event.preventDefault();
    const twin = outer.createElement("a");
    twin.href = link.href;
    twin.target = "_blank";
    twin.rel = "noopener noreferrer";
    twin.click();
  });
})();
