// What the pages do beyond HTML. Every flow works without this file.
"use strict";

(() => {
  const own = document.currentScript.dataset;
  document.documentElement.classList.add("with-script");

  // htmx sends the CSRF token of the page with every request that changes something.
  document.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRFToken"] = document.querySelector("meta[name=csrf-token]").content;
  });

  // Quantities: − and + go by the step of the goods and stay between the smallest and largest amount.
  const thousandths = (text) => Math.round(Number(String(text).replaceAll(",", "")) * 1000);

  const refresh = (stepper) => {
    const input = stepper.querySelector("input");
    const now = thousandths(input.value);
    for (const button of stepper.querySelectorAll("[data-step]")) {
      const limit = button.dataset.step < 0 ? input.dataset.min : input.dataset.max;
      const reached = button.dataset.step < 0 ? now <= thousandths(limit) : now >= thousandths(limit);
      button.disabled = limit !== undefined && reached;
    }
  };

  const step = (button) => {
    const stepper = button.closest("[data-stepper]");
    const input = stepper.querySelector("input");
    const least = thousandths(input.dataset.min ?? 0);
    const most = input.dataset.max === undefined ? Infinity : thousandths(input.dataset.max);
    const moved = (thousandths(input.value) || 0) + thousandths(input.dataset.by) * Number(button.dataset.step);
    input.value = String(Math.min(Math.max(moved, least), most) / 1000);
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-step]");
    if (button) step(button);
    // An open menu closes when something else is pressed.
    for (const menu of document.querySelectorAll("details.pull-down[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });

  // A number to be typed elsewhere goes to the clipboard, where the browser lets pages do so.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    await navigator.clipboard.writeText(button.dataset.copy);
    button.querySelector("span").textContent = "已复制";
  });

  // Names of fields go to where somebody is writing.
  let writing;
  document.addEventListener("focusin", (event) => {
    if (event.target.matches("textarea")) writing = event.target;
  });
  document.addEventListener("click", (event) => {
    const name = event.target.closest("[data-insert]");
    const area = writing ?? document.querySelector("textarea");
    if (!name || !area) return;
    area.setRangeText(name.dataset.insert, area.selectionStart, area.selectionEnd, "end");
    area.focus();
  });

  document.addEventListener("change", (event) => {
    const stepper = event.target.closest("[data-stepper]");
    if (stepper) refresh(stepper);
    // A form marked so is sent as soon as something in it changes (the cart).
    const form = event.target.form;
    if (form && "sendOnChange" in form.dataset) form.requestSubmit();
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details.pull-down[open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  // A question before what can't be taken back, then one sending only: the server has its own guards.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented) return;
    const question = event.submitter?.dataset.confirm ?? form.dataset.confirm;
    if (question && !window.confirm(question)) {
      event.preventDefault();
      return;
    }
    if (form.method !== "post" || form.target) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    event.submitter?.setAttribute("aria-busy", "true");
    if (form.dataset.working) {
      work(form);
      return;
    }
    // An answer that is a file leaves the page as it is; it may be asked for again.
    setTimeout(() => release(form), 8000);
  });

  // What takes the server long says so, and for how long already, until its answer is there.
  const work = (form) => {
    const place = document.createElement("div");
    place.className = "working mt-3";
    place.innerHTML =
      '<p class="mb-2"><span role="status"></span><span aria-hidden="true"></span></p>' +
      '<div class="progress"><div class="progress-bar progress-bar-indeterminate"></div></div>';
    form.append(place);
    const [words, seconds] = place.querySelectorAll("span");
    words.textContent = form.dataset.working;
    const began = Date.now();
    const tell = () => {
      seconds.textContent = `已用 ${Math.round((Date.now() - began) / 1000)} 秒。`;
    };
    tell();
    setInterval(tell, 1000);
  };

  const release = (form) => {
    delete form.dataset.sent;
    form.querySelector(".working")?.remove();
    for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
  };

  // A page that comes back by the browser's own "back" may send its forms again.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) document.querySelectorAll("form[data-sent]").forEach(release);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest?.("form");
    if (form) release(form);
  });

  // Work that was shown as it went on leads to what it made, without the page in between.
  const onward = document.querySelector("a[data-onward]");
  if (onward) window.location.replace(onward.href);

  // The file that was chosen is shown before it is sent, where a page has a place for it.
  document.addEventListener("change", (event) => {
    const place = event.target.dataset.preview && document.getElementById(event.target.dataset.preview);
    const file = event.target.files?.[0];
    if (place && file) place.textContent = `${file.name}（${(file.size / 1048576).toFixed(1)} MB）`;
  });

  // A table wider than the screen can be scrolled by keyboard.
  const openTables = (root) => {
    for (const frame of root.querySelectorAll(".table-responsive")) {
      if (frame.scrollWidth <= frame.clientWidth) continue;
      const title = frame.closest(".card")?.querySelector(".card-title");
      frame.tabIndex = 0;
      frame.setAttribute("role", "region");
      frame.setAttribute("aria-label", title ? `${title.textContent.trim()}（可左右滚动）` : "表格（可左右滚动）");
    }
  };

  // The charts are fetched only by pages that have one.
  const load = (source) =>
    new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = source;
      script.onload = done;
      script.onerror = failed;
      document.head.append(script);
    });
  let library;

  const draw = async (root) => {
    if (!root.querySelector("[data-chart]")) return;
    library ??= load(own.echarts).then(() => load(own.charts));
    await library;
    window.drawCharts(root);
  };

  const begin = (root) => {
    root.querySelectorAll("[data-stepper]").forEach(refresh);
    openTables(root);
    for (const hint of root.querySelectorAll("[data-insert-hint]")) hint.hidden = false;
    for (const name of root.querySelectorAll("code[data-insert]")) {
      // A button where a click does something; without a script it is only the name.
      const button = document.createElement("button");
      Object.assign(button, { type: "button", className: "btn btn-sm font-monospace", textContent: name.textContent });
      button.dataset.insert = name.dataset.insert;
      name.replaceWith(button);
    }
    for (const button of root.querySelectorAll("[data-copy]")) button.hidden = !navigator.clipboard;
    draw(root);
  };
  document.addEventListener("DOMContentLoaded", () => begin(document));
  window.addEventListener("resize", () => openTables(document));
  document.addEventListener("htmx:afterSwap", (event) => begin(event.target.parentElement ?? document));
})();
