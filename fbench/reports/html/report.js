// The browser of items. What models said is only ever set as text: no markup is made of it.
"use strict";
(async () => {
  const PAGE = 25, LONG = 3000;
  const GRADED = { correct: "\u2713", incorrect: "\u2717", abstained: "\u2013", ungraded: "?", error: "!" };
  // what would change the direction of writing, or cannot be seen, is shown as an escape
  const HIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]|\r(?!\n)/g;
  const byId = (id) => document.getElementById(id);
  const visible = (text) => text.replace(HIDDEN, (sign) => {
    const digits = sign.charCodeAt(0).toString(16);
    return digits.length > 2 ? "\\u" + digits.padStart(4, "0") : "\\x" + digits.padStart(2, "0");
  });
  const count = (number, one) => number.toLocaleString("en-US") + " " + one + (number === 1 ? "" : "s");

  function make(tag, text, properties) {
    const made = document.createElement(tag);
    if (text) made.textContent = text;
    return Object.assign(made, properties);
  }

  async function unpacked(text) {
    const letters = atob(text), bytes = new Uint8Array(letters.length);
    for (let at = 0; at < letters.length; at++) bytes[at] = letters.charCodeAt(at);
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return JSON.parse(await new Response(stream).text());
  }

  // boxes that need no scrolling are no stop of the Tab key
  const resized = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
      else target.removeAttribute("tabindex");
    }
  });
  for (const box of document.querySelectorAll(".box")) resized.observe(box);

  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("article details:not([open])")];
    for (const each of opened) each.open = true;
  });
  addEventListener("afterprint", () => { for (const each of opened) each.open = false; });

  // all items, and what follows from them; `take` sets it, again where newer ones come
  let data, texts, questions, answers, cells, starts, others, total, disagrees, hay, FILTERS;

  function take(items) {
    data = items;
    ({ texts, questions, answers, cells, starts, others } = data);
    total = starts.length - 1;
    disagrees = new Uint8Array(answers.cell.length);
    for (const [at, layers] of Object.entries(others)) disagrees[at] = layers.some((layer) => layer[4]) ? 1 : 0;
    const epochs = [...new Set(cells.map((cell) => cell[1]))].sort((a, b) => a - b);
    hay = new Array(total);
    for (let at = 0; at < total; at++) {
      const parts = [questions.id[at], questions.text[at], questions.before[at], ...questions.gold[at]];
      for (let a = starts[at]; a < starts[at + 1]; a++) parts.push(texts[answers.text[a]]);
      hay[at] = parts.join("\n").toLowerCase();
    }
    // each filter: its choices, and what an answer has
    FILTERS = {
      task: [data.tasks, null],
      split: [data.splits, (a) => answers.split[a]],
      role: [data.roles, (a) => answers.role[a]],
      model: [data.models, (a) => cells[answers.cell[a]][0]],
      epochs: [epochs.map((number) => (number ? String(number) : "0 (not trained)")), (a) => epochs.indexOf(cells[answers.cell[a]][1])],
      verdict: [data.verdicts, (a) => answers.verdict[a]],
    };
    for (const [name, [choices]] of Object.entries(FILTERS)) offer(byId("by-" + name), choices.map(visible));
  }

  // the choices of a filter; what was chosen stays so, as long as it is there
  function offer(select, choices) {
    const there = [...select.options].slice(1).map((option) => option.textContent);
    if (there.length === choices.length && there.every((text, at) => text === choices[at])) return;
    const chosen = select.value === "" ? -1 : choices.indexOf(there[Number(select.value)]);
    select.replaceChildren(select.options[0], ...choices.map((text, value) => make("option", text, { value })));
    select.value = chosen < 0 ? "" : String(chosen);
  }

  try {
    take(await unpacked(byId("data").textContent));
  } catch (error) {
    byId("count").textContent = "The items cannot be read: " + error.message;
    return;
  }
  byId("data").remove();

  // of compared sides, which one alone is right: 0 for A, 1 for B, -1 for any
  const CHANGES = data.compared.flatMap(([name, pairs]) => [["one side alone is right", -1], ["only A is right", 0], ["only B is right", 1]]
    .map(([words, side]) => [words + name, side, pairs]));
  const change = byId("by-change");
  for (const [value, [words]] of CHANGES.entries()) change.append(make("option", visible(words), { value }));

  function changed(at, [, side, pairs]) {
    const right = new Map();
    for (let a = starts[at]; a < starts[at + 1]; a++) {
      const verdict = data.verdicts[answers.verdict[a]];
      if (verdict !== "error") right.set(answers.cell[a], verdict === "correct");
    }
    return pairs.some(([a, b]) => right.has(a) && right.has(b) && right.get(a) !== right.get(b) && (side < 0 || right.get(a) === (side === 0)));
  }

  let found = [], first = 0;
  const rows = new Map(); // those that are shown, by question

  function matching() {
    // words, each of which must be there, or parts in quotation marks
    const words = [...byId("search").value.toLowerCase().matchAll(/"([^"]+)"?|\S+/g)].map((one) => one[1] || one[0]);
    // the rarest word first, by the first questions: most others need not be looked for then
    const common = (word) => hay.slice(0, 300).filter((text) => text.includes(word)).length;
    words.sort((a, b) => common(a) - common(b));
    const chosen = byId("by-task").value, disagree = byId("disagree").checked;
    const wanted = Object.entries(FILTERS)
      .filter(([name, [, of]]) => of && byId("by-" + name).value !== "")
      .map(([name, [, of]]) => [of, Number(byId("by-" + name).value)]);
    const only = change && change.value !== "" ? CHANGES[Number(change.value)] : null;
    const some = wanted.length > 0 || disagree;
    const kept = [];
    for (let at = 0; at < total; at++) {
      if (chosen !== "" && questions.task[at] !== Number(chosen)) continue;
      if (!words.every((word) => hay[at].includes(word))) continue;
      let fits = !some;
      for (let a = starts[at]; !fits && a < starts[at + 1]; a++) {
        fits = (!disagree || disagrees[a] === 1) && wanted.every(([of, value]) => of(a) === value);
      }
      if (fits && (!only || changed(at, only))) kept.push(at);
    }
    return kept;
  }

  function filter() {
    first = 0;
    rows.clear();
    search();
  }

  function search() {
    found = matching();
    if (first >= found.length) first = Math.max(0, PAGE * (Math.ceil(found.length / PAGE) - 1));
    const told = count(found.length, "question") + " of " + total.toLocaleString("en-US");
    if (byId("count").textContent !== told) byId("count").textContent = told;
    show();
  }

  function show() {
    const last = Math.min(first + PAGE, found.length), list = byId("list");
    const shown = new Set(found.slice(first, last).map(row));
    for (const [key, { place }] of rows) if (!shown.has(place)) rows.delete(key);
    for (const place of [...list.children]) if (!shown.has(place)) place.remove();
    // what stands in its place is not moved, so that it keeps the focus
    for (const [number, place] of [...shown].entries()) {
      if (list.children[number] !== place) list.insertBefore(place, list.children[number] || null);
    }
    byId("place").textContent = found.length ? (first + 1) + " to " + last + " of " + found.length.toLocaleString("en-US") : "none";
    byId("previous").disabled = first === 0;
    byId("next").disabled = last >= found.length;
  }

  // the row of a question; one that is shown already is changed only where its answers are others
  function row(at) {
    const key = JSON.stringify([data.tasks[questions.task[at]], questions.id[at], questions.text[at]]);
    const sign = signature(at);
    let shown = rows.get(key);
    if (!shown) {
      shown = { place: make("li"), item: make("details"), summary: make("summary"), sign: "" };
      const { place, item, summary } = shown, mine = shown;
      item.append(summary);
      item.addEventListener("toggle", () => { if (item.open && item.childElementCount === 1) item.append(inside(mine.at)); });
      place.append(item);
      rows.set(key, shown);
    }
    shown.at = at;
    if (shown.sign !== sign) {
      shown.sign = sign;
      summarize(shown.summary, at);
      if (shown.item.childElementCount > 1) shown.item.lastElementChild.replaceWith(inside(at));
    }
    return shown.place;
  }

  // all that a row shows, in one text
  function signature(at) {
    const said = [];
    for (let a = starts[at]; a < starts[at + 1]; a++) {
      const [model, ...more] = cells[answers.cell[a]], layers = (others[a] || []).map(([layer, verdict, grader, why]) => [data.layers[layer], data.verdicts[verdict], texts[grader], texts[why]]);
      said.push([data.models[model], more, texts[answers.text[a]], texts[answers.note[a]], data.verdicts[answers.verdict[a]], texts[answers.grader[a]], texts[answers.reason[a]], layers]);
    }
    return JSON.stringify([questions.text[at], questions.gold[at], said]);
  }

  function summarize(summary, at) {
    const begin = starts[at], end = starts[at + 1];
    let right = 0, differ = 0;
    for (let a = begin; a < end; a++) {
      right += data.verdicts[answers.verdict[a]] === "correct";
      differ += disagrees[a];
    }
    summary.replaceChildren(make("bdi", visible(questions.text[at].slice(0, 300)), { className: "asked" }));
    const told = [data.tasks[questions.task[at]], data.splits[answers.split[begin]], right + " of " + count(end - begin, "answer") + " correct"];
    if (differ) told.push("graders disagree on " + differ);
    summary.append(make("span", visible(told.join(", ")), { className: "about" }));
  }

  function inside(at) {
    const whole = make("div", "", { className: "item" });
    const facts = make("dl", "", { className: "facts" });
    const told = [
      ["Question", questions.text[at]],
      ["Correct answer", questions.gold[at].join("\n")],
      ["Correct before the update", questions.before[at]],
      ["Kind of answer", data.kinds[questions.kind[at]]],
      ["Id", questions.id[at]],
    ];
    for (const [name, text] of told) {
      if (!text) continue;
      const pair = make("div"), value = make("dd");
      value.append(said(text));
      pair.append(make("dt", name), value);
      facts.append(pair);
    }
    const box = make("div", "", { className: "box", tabIndex: 0 });
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", "Answers to " + visible(questions.id[at]));
    const table = make("table"), body = make("tbody"), head = make("tr");
    table.append(make("caption", "Answers to " + visible(questions.id[at])));
    for (const name of ["model", "epochs", "verdict", "answer", "grader and reason", "role"]) head.append(make("th", name, { scope: "col" }));
    for (let a = starts[at]; a < starts[at + 1]; a++) body.append(answer(a));
    const top = make("thead");
    top.append(head);
    table.append(top, body);
    box.append(table);
    resized.observe(box);
    whole.append(facts, box);
    return whole;
  }

  function answer(a) {
    const line = make("tr"), [model, epoch, more] = cells[answers.cell[a]];
    line.append(make("th", visible(data.models[model] + (more ? " (" + more + ")" : "")), { scope: "row" }));
    const text = make("td", "", { className: "said" }), note = texts[answers.note[a]];
    text.append(said(texts[answers.text[a]] || "(empty)"));
    if (note) text.append(make("p", visible(note), { className: "about" }));
    const decided = make("td"), reason = make("td", "", { className: "said" });
    decided.append(verdict(answers.verdict[a]));
    reason.append(because(answers.grader[a], answers.reason[a]));
    const same = [];
    for (const [layer, other, grader, why, differs] of others[a] || []) {
      if (other === answers.verdict[a] && why === answers.reason[a]) {
        same.push(data.layers[layer]);
        continue;
      }
      const extra = make("div", "", { className: differs ? "other differs" : "other" });
      extra.append(make("span", visible(data.layers[layer]) + (differs ? " disagrees: " : ": ")), verdict(other), because(grader, why));
      reason.append(extra);
    }
    if (same.length) reason.append(make("div", visible("The same in " + same.join(", ")), { className: "about" }));
    const role = make("td", data.roles[answers.role[a]]);
    line.append(make("td", String(epoch), { className: "num" }), decided, text, reason, role);
    return line;
  }

  function verdict(number) {
    const name = data.verdicts[number], made = make("span", "", { className: "verdict " + (name in GRADED ? name : "") });
    const sign = make("span", (GRADED[name] || "") + " ");
    sign.setAttribute("aria-hidden", "true");
    made.append(sign, name);
    return made;
  }

  function because(grader, reason) {
    const made = make("div");
    made.append(make("span", visible(texts[grader]) + ": "), said(texts[reason]));
    return made;
  }

  // a text as it is, cut where it is long until the reader wants all of it
  function said(text) {
    const made = make("bdi", visible(text.length > LONG ? text.slice(0, LONG) : text), { className: "text" });
    if (text.length <= LONG) return made;
    const both = make("div"), more = make("button", "Show all " + text.length.toLocaleString("en-US") + " characters", { type: "button" });
    more.addEventListener("click", () => {
      made.textContent = visible(text);
      made.className = "text all";
      made.tabIndex = 0;
      made.focus();
      more.remove();
    });
    both.append(made, more);
    return both;
  }

  function turn(by) {
    first += by;
    rows.clear();
    show();
    const pressed = byId(by > 0 ? "next" : "previous");
    if (pressed.disabled) byId(by > 0 ? "previous" : "next").focus();
    byId("items").scrollIntoView();
  }

  byId("search").addEventListener("input", filter);
  byId("disagree").addEventListener("change", filter);
  for (const pick of document.querySelectorAll(".filters select")) pick.addEventListener("change", filter);
  byId("previous").addEventListener("click", () => turn(-PAGE));
  byId("next").addEventListener("click", () => turn(PAGE));
  byId("clear").addEventListener("click", () => {
    byId("search").value = "";
    byId("disagree").checked = false;
    for (const pick of document.querySelectorAll(".filters select")) pick.value = "";
    filter();
    byId("search").focus();
  });
  // newer items of a run that goes on: `fbench view` brings them; filters, place and what is open stay
  addEventListener("fbench-items", (event) => {
    event.detail.done = unpacked(event.detail.text).then((items) => {
      const told = byId("count");
      told.setAttribute("aria-live", "off"); // the reader asked for nothing
      take(items);
      search();
      for (const box of document.querySelectorAll(".box")) resized.observe(box);
      setTimeout(() => told.removeAttribute("aria-live"), 1000);
    });
  });
  filter();
  document.documentElement.dataset.ready = "yes";
})();
