// Selecting several orders. Without this the boxes and the button work as well.
(() => {
  "use strict";
  const form = document.getElementById("approve-form");
  if (!form) return;
  const boxes = [...form.querySelectorAll('input[name="order"]')];
  const all = document.getElementById("select-all");
  const button = document.getElementById("approve-button");
  const said = document.getElementById("selected");
  const plain = button.textContent;

  const show = () => {
    const picked = boxes.filter((box) => box.checked);
    all.checked = picked.length === boxes.length;
    all.indeterminate = picked.length > 0 && !all.checked;
    const count = picked.length === 1 ? "1 order" : `${picked.length} orders`;
    button.textContent = picked.length ? `Approve ${count}` : plain;
    said.textContent = `${count} selected`;
    for (const shop of form.querySelectorAll("select[data-account]")) {
      shop.required = picked.some((box) => box.dataset.needsShop === shop.dataset.account);
    }
  };

  all.hidden = false;
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    show();
  });
  form.addEventListener("change", (event) => {
    if (event.target.name === "order") show();
  });
  // A second click would send everything twice, and the second answer would be a refusal.
  form.addEventListener("submit", () => setTimeout(() => (button.disabled = true)));
  addEventListener("pageshow", () => {
    button.disabled = false;
    show();
  });
})();
