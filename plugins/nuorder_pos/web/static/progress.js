// Keeps a section `data-progress` up to date: asks its address again and again, changes texts in place, and never moves
// the keyboard's place on the page. What it shows comes as text and stays text.
(() => {
  "use strict";
  const LONGEST = 60; // seconds between two tries when nobody answers
  const SETTLED = new Set(["exported", "exported_elsewhere", "held", "failed", "rejected", "superseded", "cancelled"]);

  const WRITING = new Set(["exporting", "exported", "exported_elsewhere", "held"]); // nothing can be decided as before

  // The part of an order's page that decides was made for another state. It goes, but never from under the keyboard.
  const close = (part) => {
    if (part.hidden || part.dataset.closing) return;
    if (!part.contains(document.activeElement)) {
      part.hidden = true;
      return;
    }
    part.dataset.closing = "1";
    for (const button of part.querySelectorAll("button")) button.setAttribute("aria-disabled", "true");
    part.addEventListener("click", (event) => event.target.closest("button") && event.preventDefault(), true);
    part.addEventListener("keydown", (event) => event.key === "Enter" && event.target.matches("input") && event.preventDefault());
    part.addEventListener("focusout", (event) => {
      if (!part.contains(event.relatedTarget)) part.hidden = true;
    });
  };

  const follow = (section) => {
    const part = (name) => section.querySelector(`[data-part="${name}"]`);
    const rows = new Map([...part("steps").children].map((row) => [row.dataset.key, row]));
    let seq = Number(section.dataset.seq) || 0;
    let plan = section.dataset.plan || "";
    let state = section.dataset.state;
    let quarter = -1;
    let failures = 0;
    let timer = 0;
    let busy = false;

    const show = (name, text) => {
      const one = part(name);
      if (one.textContent !== text) one.textContent = text;
      one.hidden = !text;
    };
    const webLink = (address) => {
      try {
        const url = new URL(address);
        return url.protocol === "https:" || url.protocol === "http:" ? url.href : "";
      } catch {
        return "";
      }
    };
    const rowOf = (step) => {
      let row = rows.get(step.key);
      if (!row) {
        row = document.createElement("li");
        row.dataset.key = step.key;
        for (const name of ["what", "how"]) {
          const span = document.createElement("span");
          span.className = name;
          row.append(span, " ");
        }
        rows.set(step.key, row);
        // New steps come before the reading back, which is the last one.
        part("steps").insertBefore(row, step.key === "read_back" ? null : rows.get("read_back") || null);
      }
      return row;
    };
    const showStep = (step) => {
      const row = rowOf(step);
      row.className = step.state;
      row.querySelector(".what").textContent = step.words;
      const told = [step.state_words];
      if (step.pos_id && step.kind !== "place_order") told.push(`#${step.pos_id}`);
      if (step.attempts > 1) told.push(`attempt ${step.attempts}`);
      if (step.at) told.push(`${step.at.slice(11, 19)} UTC`);
      row.querySelector(".how").textContent = told.join(", ");
    };
    const showUnwritten = (fields) => {
      const list = part("unwritten-list");
      list.replaceChildren(
        ...Object.entries(fields).map(([field, said]) => {
          const group = document.createElement("div");
          const name = document.createElement("dt");
          const text = document.createElement("dd");
          name.textContent = field;
          text.textContent = said;
          group.append(name, text);
          return group;
        }),
      );
      part("unwritten").hidden = list.children.length === 0;
    };
    const say = (found) => {
      // A screen reader is told of every new state and every quarter of the way, not of each step.
      const now = found.total ? Math.floor((4 * found.done) / found.total) : -1;
      if (found.state === state && now === quarter) return;
      quarter = now;
      const count = found.total && !found.finished ? ` ${found.done} of ${found.total} steps done.` : "";
      part("said").textContent = found.headline + count;
    };
    const apply = (found) => {
      if ((found.plan || "") !== plan) {
        if (seq > 0) return false; // planned anew: everything is asked for
        part("steps").replaceChildren();
        rows.clear();
        plan = found.plan || "";
      }
      found.steps.forEach(showStep);
      seq = found.seq;
      say(found);
      const bad = found.state === "held" || found.state === "failed";
      const status = part("status");
      status.textContent = found.export_status_words;
      status.className = `badge ${found.export_status === "exported" ? "ok" : bad ? "bad" : "info"}`;
      for (const badge of document.querySelectorAll("[data-export-status]")) {
        badge.textContent = found.export_status_words;
        badge.className = `badge ${{ exported: "ok", in_progress: "info" }[found.export_status] ?? ""}`;
      }
      if (found.state !== section.dataset.state && WRITING.has(found.state)) {
        document.querySelectorAll("[data-until-export]").forEach(close);
      }
      show("headline", found.headline);
      show("reason", found.reason);
      part("reason").className = `notice ${bad ? "bad" : found.state === "approved" ? "info" : "warn"}`;
      show("next", found.export_status === "exported" && found.finished && found.total ? "" : found.next);
      const link = part("po-link");
      const address = webLink(found.po_url);
      if (address) link.href = address;
      link.textContent = found.po_id ? `${address ? "View PO" : "PO"} #${found.po_id}` : "";
      part("po").hidden = !found.po_id;
      const bar = part("bar");
      bar.max = found.total || 1;
      bar.value = found.done;
      part("count").textContent = `${found.done} of ${found.total} steps done`;
      part("far").hidden = part("box").hidden = !found.total;
      showUnwritten(found.not_written);
      // The rest of an order's page was made for another state, or for another report.
      const moved = (found.state !== state && SETTLED.has(found.state)) || found.report_hash !== section.dataset.report;
      if (moved) part("reload").hidden = false;
      state = found.state;
      return true;
    };

    const later = (seconds) => {
      clearTimeout(timer);
      timer = setTimeout(look, seconds * 1000);
    };
    const look = async () => {
      if (busy || document.hidden) return; // looked at again as soon as the page is seen
      busy = true;
      try {
        const answer = await fetch(`${section.dataset.progress}?after=${seq}`, {
          headers: { Accept: "application/json" },
          credentials: "same-origin",
        });
        if (answer.status === 401 || answer.status === 403 || answer.status === 404) {
          show("trouble", "This page is not kept up to date any more: sign in to Airflow again and load it anew.");
          return;
        }
        if (!answer.ok) throw new Error(`answered ${answer.status}`);
        const found = await answer.json();
        failures = 0;
        show("trouble", "");
        if (!apply(found)) {
          seq = 0;
          later(0);
        } else if (found.again_in) {
          later(found.again_in);
        } else {
          document.removeEventListener("visibilitychange", look);
        }
      } catch {
        failures += 1;
        const wait = Math.min(LONGEST, 3 * 2 ** failures);
        show("trouble", `No answer at present; asked again in ${wait} seconds. The export itself goes on.`);
        later(wait);
      } finally {
        busy = false;
      }
    };

    const again = Number(section.dataset.again);
    if (!again) return;
    document.addEventListener("visibilitychange", look);
    later(again);
  };

  document.querySelectorAll("section[data-progress]").forEach(follow);
})();
