// The till of a fair: what is entered without a network waits in this browser and arrives once.
// Without this file the form is sent as any other. The server knows each entry by its key.
"use strict";

(() => {
  const AGAIN = 15_000;
  const SHOWN = 20; // So many that have arrived stay in sight.
  const WORDS = { waiting: "等待送出", arrived: "已送到", refused: "没有通过" };
  const TONES = { waiting: "waiting", arrived: "done", refused: "stopped" };

  const newKey = () => {
    if (crypto.randomUUID) return crypto.randomUUID();
    // Pages without HTTPS have no randomUUID.
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  };

  const chinaNow = () => new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 16);

  const begin = (form) => {
    const store = form.dataset.store;
    const panel = document.querySelector("[data-till-kept]");
    const list = document.querySelector("[data-till-list]");
    const status = document.querySelector("[data-till-status]");
    const problem = document.querySelector("[data-till-problem]");
    let token = document.querySelector("meta[name=csrf-token]").content;
    let sending = false;
    let note = "";

    // Each entry has a place of its own, so that two windows don't write over one another.
    const keep = (entry) => localStorage.setItem(store + entry.key, JSON.stringify(entry));
    const forget = (entry) => localStorage.removeItem(store + entry.key);
    const entries = () =>
      Object.keys(localStorage)
        .filter((name) => name.startsWith(store))
        .map((name) => JSON.parse(localStorage.getItem(name)))
        .sort((one, other) => one.at - other.at);

    const button = (label, name, deed) => {
      const made = document.createElement("button");
      made.type = "button";
      made.className = "btn btn-sm";
      made.textContent = label;
      made.setAttribute("aria-label", name);
      made.addEventListener("click", deed);
      return made;
    };

    const show = () => {
      const all = entries();
      panel.hidden = !all.length;
      const of = (state) => all.filter((entry) => entry.state === state);
      for (const old of of("arrived").slice(0, -SHOWN)) forget(old);
      const count = Object.keys(WORDS).map((state) => `${WORDS[state]} ${of(state).length} 笔`);
      const told = count.join("，") + "。" + note;
      if (status.textContent !== told) status.textContent = told;
      const rows = all.reverse().map((entry) => {
        const row = document.createElement("li");
        row.className = "list-group-item";
        row.dataset.state = entry.state;
        const mark = document.createElement("span");
        mark.className = `mark mark-${TONES[entry.state]}`;
        mark.textContent = WORDS[entry.state];
        const text = document.createElement("span");
        text.textContent = ` 小票 ${entry.fields.receipt_no}，${entry.fields.amount_fen} 元 `;
        row.append(mark, text);
        if (entry.said && entry.state === "refused") {
          const said = document.createElement("div");
          said.className = "form-error";
          said.textContent = entry.said;
          row.append(said);
        }
        if (entry.state === "refused") {
          const about = `小票 ${entry.fields.receipt_no}`;
          row.append(
            button("修改", `修改${about}`, () => mend(entry)),
            button("放弃", `放弃${about}`, () => {
              if (!window.confirm(`确定放弃${about}？这一笔没有登记成功。`)) return;
              forget(entry);
              show();
            }),
          );
        }
        return row;
      });
      list.replaceChildren(...rows);
    };

    const mend = (entry) => {
      for (const [name, value] of Object.entries(entry.fields)) {
        const field = form.elements[name];
        if (field) field.value = value;
      }
      form.dataset.mends = entry.key;
      form.elements.amount_fen.focus();
    };

    const fresh = async () => {
      // The token of a page that was open for long may be of a session that has ended.
      const answer = await fetch(form.action, { redirect: "manual" });
      if (!answer.ok) return false;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const next = page.querySelector("meta[name=csrf-token]");
      const same = page.querySelector("[data-till]")?.dataset.store === store;
      if (!same || !next || next.content === token) return false;
      token = next.content;
      return true;
    };

    const post = (entry) =>
      fetch(form.action, {
        method: "POST",
        redirect: "manual",
        headers: { Accept: "application/json", "X-CSRFToken": token },
        body: new URLSearchParams({ ...entry.fields, key: entry.key, who: form.dataset.who }),
      });

    const deliver = async (entry) => {
      let answer = await post(entry);
      if (answer.status === 400 && (await fresh())) answer = await post(entry);
      const json = (answer.headers.get("content-type") ?? "").startsWith("application/json");
      if (json && (answer.status === 201 || answer.status === 422)) {
        const { said } = await answer.json();
        keep({ ...entry, state: answer.status === 201 ? "arrived" : "refused", said });
        return true;
      }
      note =
        answer.type === "opaqueredirect" || answer.status < 500
          ? "登录可能已过期：请在另一个页面重新登录，回到这里会继续送出。"
          : "服务器暂时没有回应，稍后自动再送。";
      return false;
    };

    const send = async () => {
      if (sending) return;
      sending = true;
      try {
        for (const entry of entries()) {
          if (entry.state !== "waiting") continue;
          note = "";
          if (!(await deliver(entry))) break;
          show();
        }
      } catch (error) {
        if (!(error instanceof TypeError)) throw error; // What fetch throws without a network.
        note = "现在没有网络，有网后自动送出。";
      } finally {
        sending = false;
        show();
      }
    };

    form.addEventListener("submit", (event) => {
      event.preventDefault();
      problem.hidden = true;
      const fields = Object.fromEntries(new FormData(form));
      delete fields.csrf_token;
      delete fields.key;
      const missing = ["amount_fen", "receipt_no"].find((name) => !fields[name].trim());
      if (missing || (fields.buyer === "unit" && !fields.unit.trim())) {
        problem.querySelector("div").textContent = "请填写金额和小票号；单位采购还要填写单位。";
        problem.hidden = false;
        form.elements[missing ?? "unit"].focus();
        return;
      }
      try {
        keep({ key: newKey(), at: Date.now(), state: "waiting", said: "", fields });
      } catch (error) {
        if (!(error instanceof DOMException)) throw error; // No room, or not allowed to keep.
        form.submit();
        return;
      }
      if (form.dataset.mends) localStorage.removeItem(store + form.dataset.mends);
      delete form.dataset.mends;
      for (const name of ["amount_fen", "receipt_no", "unit", "goods"]) form.elements[name].value = "";
      form.elements.buyer.value = "person"; // Whoever buys next is another.
      form.elements.sold_at.value = chinaNow();
      form.elements.amount_fen.focus();
      show();
      send();
    });

    window.addEventListener("online", send);
    window.addEventListener("storage", show);
    document.addEventListener("visibilitychange", () => document.hidden || send());
    setInterval(send, AGAIN);
    show();
    send();
  };

  const form = document.querySelector("[data-till]");
  if (form) begin(form);
})();
