// The order page with a script: tabs, stock when a matrix is opened, a search beside the list, and an Export button
// that says why it cannot be pressed. Without this file everything works by plain forms.
(() => {
  "use strict";
  const box = document.getElementById("decision");
  if (!box) return;
  const items = box.dataset.items;
  const $ = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const make = (name, text = "", className = "") => {
    const made = document.createElement(name);
    made.textContent = text;
    if (className) made.className = className;
    return made;
  };

  // ---- tabs: links to the two parts become tabs --------------------------------------------------------------
  const bar = document.getElementById("tabs");
  const tabs = all("a", bar);
  const panelOf = (tab) => document.getElementById(tab.getAttribute("href").slice(1));
  bar.setAttribute("role", "tablist");
  const select = (wanted, focus = false) => {
    for (const tab of tabs) {
      const on = tab === wanted;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
      panelOf(tab).hidden = !on;
    }
    if (focus) wanted.focus();
  };
  for (const tab of tabs) {
    const panel = panelOf(tab);
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", panel.id);
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", tab.id);
    panel.classList.add("is-tab");
    tab.addEventListener("click", (event) => {
      event.preventDefault();
      select(tab);
      history.replaceState(null, "", tab.getAttribute("href"));
    });
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      const at = tabs.indexOf(tab);
      const next = { Home: tabs[0], End: tabs.at(-1) }[event.key] ?? (step && tabs[(at + step + tabs.length) % tabs.length]);
      if (event.key === " ") select(tab);
      else if (next) select(next, true);
      else return;
      event.preventDefault();
    });
  }

  // A link to a line or a part shows it, wherever it is hidden.
  const reveal = () => {
    let name = location.hash.slice(1);
    try {
      name = decodeURIComponent(name);
    } catch {
      return; // "#%" names nothing
    }
    const target = name && document.getElementById(name);
    if (!target) return;
    const panel = target.closest(".panel");
    if (panel) select(tabs.find((tab) => panelOf(tab) === panel));
    for (let at = target.closest("details"); at; at = at.parentElement.closest("details")) at.open = true;
    if (panel && target !== panel) {
      target.scrollIntoView({ block: "center" });
      ($("select, input:checked", target) ?? $("input", target))?.focus({ preventScroll: true });
    }
  };
  const begin = new URLSearchParams(location.search).get("tab");
  const firstFull = tabs.find((tab) => $(".matrix", panelOf(tab))) ?? tabs[0];
  select(tabs.find((tab) => tab.getAttribute("href") === `#${begin}`) ?? firstFull);
  window.addEventListener("hashchange", reveal);
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]:not([role="tab"])');
    if (link && link.getAttribute("href") === location.hash) reveal();
  });
  reveal();

  // ---- stock and SKU, asked for when somebody looks ----------------------------------------------------------
  const shop = () => {
    const field = $("[data-shop]");
    return (field && (field.value ?? field.dataset.shop)) || "";
  };
  const ask = async (parameters) => {
    const answer = await fetch(`${items}?${new URLSearchParams({ ...parameters, shop: shop() })}`, {
      headers: { Accept: "application/json" },
    });
    const body = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(body.error || "The POS cannot be asked now.");
    return body.items;
  };
  const known = new Map(); // item id -> details, for the shop that is chosen
  const webLink = (address) => /^https?:\/\//i.test(address || "");
  const fill = (cell, id) => {
    cell.dataset.item = id;
    cell.replaceChildren();
    if (!id) return;
    const item = known.get(id);
    const name = webLink(item?.url) ? make("a", `Item ${id}`) : make("span", `Item ${id}`);
    if (webLink(item?.url)) Object.assign(name, { href: item.url, target: "_blank", rel: "noopener" });
    cell.append(name);
    if (item === undefined) return;
    if (item === null) {
      cell.append(make("br"), make("span", "not in the POS any more", "badge warn"));
      return;
    }
    const option = $("select", cell.closest("tr"))?.selectedOptions[0];
    if (option?.text === `POS item ${id}`) option.text = `${id} · ${item.description}`;
    if (item.archived) cell.append(make("br"), make("span", "archived", "badge warn"));
    const said = [`SKU ${item.custom_sku || item.system_sku || "none"}`, `Stock in ${item.shop}: ${item.stock ?? "not stated"}`];
    if (item.vendor) said.push(`Vendor ${item.vendor}`);
    for (const text of said) cell.append(make("br"), text);
  };
  const load = async (cells) => {
    const asking = shop();
    const wanted = [...new Set(cells.map((cell) => cell.dataset.item).filter((id) => id && !known.has(id)))];
    try {
      for (let at = 0; at < wanted.length; at += 100) {
        const part = wanted.slice(at, at + 100);
        const found = new Map((await ask({ ids: part.join(",") })).map((item) => [item.item_id, item]));
        if (shop() !== asking) return; // another shop was chosen meanwhile: its own answer is on the way
        for (const id of part) known.set(id, found.get(id) ?? null);
      }
      for (const cell of cells) fill(cell, cell.dataset.item);
    } catch (error) {
      if (shop() !== asking) return;
      for (const cell of cells.slice(0, 1)) {
        $(".trouble", cell)?.remove();
        cell.append(make("p", error.message, "warning trouble"));
      }
    }
  };
  // Everything that is open and was not looked at, in as few requests as may be.
  let soon = 0;
  const look = () => {
    clearTimeout(soon);
    soon = setTimeout(() => {
      load(all(".panel:not([hidden]) .matrix[open] td.live[data-item]").filter((cell) => !known.has(cell.dataset.item) || !cell.querySelector("br")));
    }, 50);
  };
  for (const matrix of all(".matrix")) matrix.addEventListener("toggle", look);
  bar.addEventListener("click", look);
  bar.addEventListener("keyup", look);
  $("select[data-shop], input[data-shop]")?.addEventListener("change", () => {
    known.clear();
    all("td.live[data-item]").forEach((cell) => fill(cell, cell.dataset.item));
    look();
    state();
  });

  // ---- choices, and what is still open ------------------------------------------------------------------------
  const exportButton = document.getElementById("export");
  const why = document.getElementById("why");
  const openLines = () => all("select[data-question]").filter((field) => !field.value);
  const openAnswers = () =>
    all("fieldset.question").filter((set) => !$("input:checked", set));
  const plural = (count) => (count === 1 ? "1 question is" : `${count} questions are`);
  function state() {
    for (const set of all("fieldset.question")) {
      const badge = $("[data-answered]", set);
      const answered = Boolean($("input:checked", set));
      badge.textContent = answered ? "answered" : "open";
      badge.className = `badge ${answered ? "ok" : "bad"}`;
    }
    if (!exportButton) return;
    const fields = [...openLines(), ...openAnswers()];
    for (const holder of all(".matrix")) {
      const badge = $("[data-open]", holder);
      if (!badge) continue;
      const count = fields.filter((field) => holder.contains(field)).length;
      badge.textContent = `${count} open`;
      badge.hidden = !count;
    }
    for (const badge of all("[data-open-in]")) {
      const panel = document.getElementById(badge.dataset.openIn);
      const count = fields.filter((field) => panel.contains(field)).length;
      badge.textContent = `${count} open`;
      badge.hidden = !count;
    }
    const count = fields.length;
    const off = count > 0 || !shop();
    if (off) exportButton.setAttribute("aria-disabled", "true");
    else exportButton.removeAttribute("aria-disabled");
    why.replaceChildren();
    if (count) {
      const link = make("a", "See the questions");
      link.href = "#questions";
      why.append(`Export is not possible yet: ${plural(count)} open. `, link);
    } else {
      why.textContent = off
        ? "Export is not possible yet: choose the shop."
        : "Nothing is open. Export records your approval, and the purchase order is then written by itself.";
    }
  }
  exportButton?.addEventListener("click", (event) => {
    if (exportButton.getAttribute("aria-disabled") !== "true") return;
    event.preventDefault();
    const ofStyle = openAnswers().find((set) => set.closest(".panel"));
    const first = openLines()[0] ?? (ofStyle && $("input", ofStyle));
    (first ? revealField(first) : why).scrollIntoView({ block: "center" });
  });
  const revealField = (field) => {
    const panel = field.closest(".panel");
    if (panel) select(tabs.find((tab) => panelOf(tab) === panel));
    const matrix = field.closest("details");
    if (matrix) matrix.open = true;
    field.focus({ preventScroll: true });
    return field;
  };
  const told = (place, text) => place.replaceChildren(make("strong", text || "Open", text ? "" : "open"));
  // The item that a line gets as things stand: its own, or the one that the answer about its style gives it.
  const itemOf = (field) => {
    if (/^\d+$/.test(field.value)) return field.value;
    const code = field.value ? "" : field.dataset.style;
    return code && $(`input[name="answer.${CSS.escape(code)}"]:checked`)?.value === "existing" ? field.dataset.meant : "";
  };
  const show = (fields) => {
    const cells = [];
    for (const field of fields) {
      const row = field.closest("tr");
      const item = itemOf(field);
      const cell = $("td.live", row);
      fill(cell, item);
      if (item) cells.push(cell);
      for (const button of all(`tr[data-compare="${CSS.escape(row.dataset.line)}"] button`)) {
        button.setAttribute("aria-pressed", String(button.value === item));
      }
    }
    if (cells.length) load(cells);
  };
  box.addEventListener("change", (event) => {
    const field = event.target;
    if (field.name?.startsWith("line.")) {
      show([field]);
      const answer = $(`[data-answer="${CSS.escape(field.closest("tr").dataset.line)}"]`);
      if (answer) told(answer, field.value && field.selectedOptions[0].text);
    } else if (field.name?.startsWith("answer.")) {
      const code = field.name.slice("answer.".length);
      for (const place of all(`[data-answer-of="${CSS.escape(code)}"]`)) told(place, field.closest("label").textContent.trim());
      const lines = all(`select[data-style="${CSS.escape(code)}"]`);
      for (const line of lines) line.options[0].text = line.options[0].dataset[field.value] ?? line.options[0].dataset.unanswered;
      show(lines);
    }
    state();
  });

  // "Use item …" beside other items sets the list of its line. Without a script the server does.
  box.addEventListener("click", (event) => {
    const button = event.target.closest("tr[data-compare] button");
    if (!button) return;
    event.preventDefault();
    const field = $(`select[name="${CSS.escape(button.name)}"]`);
    field.value = button.value;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  });

  // A second click would send the same once more while the first is on its way.
  let sending = 0;
  box.addEventListener("submit", (event) => {
    if (sending) event.preventDefault();
    else sending = setTimeout(() => (sending = 0), 20_000);
  });
  addEventListener("pageshow", () => {
    clearTimeout(sending);
    sending = 0;
  });

  // ---- search ---------------------------------------------------------------------------------------------------
  const dialog = document.getElementById("search");
  if (dialog) {
    const part = (name) => $(`[data-part="${name}"]`, dialog);
    const words = document.getElementById("search-words");
    let line = "";
    const use = (item) => {
      const field = $(`select[name="line.${CSS.escape(line)}"]`);
      if (![...field.options].some((option) => option.value === item.item_id)) {
        field.append(new Option(`${item.item_id} · ${item.description}`, item.item_id));
      }
      const name = `found.${item.item_id}`;
      if (!$(`input[name="${CSS.escape(name)}"]`, box)) {
        const note = Object.assign(document.createElement("input"), { type: "hidden", name, value: item.description });
        box.append(note);
      }
      field.value = item.item_id;
      known.set(item.item_id, item);
      dialog.close();
      field.dispatchEvent(new Event("change", { bubbles: true }));
      field.focus();
    };
    let asked = 0; // which of several searches is the last one
    const search = async () => {
      const [mine, place] = [(asked += 1), shop()];
      const late = () => mine !== asked || place !== shop();
      part("hits").replaceChildren();
      if (!words.value.trim()) {
        part("said").textContent = "Write a name, an SKU or a UPC.";
        return;
      }
      part("said").textContent = "Searching…";
      try {
        const found = await ask({ q: words.value });
        if (late()) return;
        part("said").textContent = found.length
          ? `${found.length} ${found.length === 1 ? "item" : "items"} found.`
          : "Nothing fits these words: try fewer of them, a SKU, or the UPC.";
        for (const item of found) {
          const hit = make("li");
          const text = [`${item.item_id} · ${item.description}`, item.custom_sku || item.system_sku, item.upc && `UPC ${item.upc}`,
            item.vendor, `stock in ${item.shop}: ${item.stock ?? "not stated"}`];
          const button = make("button", "Use this item", "button");
          button.type = "button";
          button.setAttribute("aria-label", `Use item ${item.item_id}, ${item.description}`);
          button.addEventListener("click", () => use(item));
          hit.append(make("span", text.filter(Boolean).join(", ")), button);
          part("hits").append(hit);
        }
      } catch (error) {
        if (!late()) part("said").textContent = error.message;
      }
    };
    box.addEventListener("click", (event) => {
      const button = event.target.closest('button[name="search"]');
      if (!button) return;
      event.preventDefault();
      line = button.value;
      asked += 1;
      const row = button.closest("tr");
      part("for").textContent = button.getAttribute("aria-label").replace("Search the POS for ", "For ");
      words.value = $("td.code", row).textContent.replace(/^none$/, "");
      part("hits").replaceChildren();
      part("said").textContent = "";
      dialog.showModal();
      words.focus();
      words.select();
    });
    part("go").addEventListener("click", search);
    part("close").addEventListener("click", () => dialog.close());
    words.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault(); // the dialog stands in the page's form
      search();
    });
  }

  document.getElementById("problem")?.focus();
  look();
  state();
})();
