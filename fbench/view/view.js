// Refreshes the report while its run goes on. What the reader chose, opened, focused and sees stays as it is.
"use strict";
(() => {
  const POLITE = 60000, LATER = 10000;
  const byId = (id) => document.getElementById(id);
  const bar = byId("live"), box = byId("live-on"), said = byId("live-said"), status = byId("live-status");
  let generation = bar.dataset.generation, timer = 0, isLooking = false, isOver = !box.checked, toldAt = 0;

  // the parts of the report as the server sent them, to see which ones are others later
  const sent = new WeakMap();
  const parts = () => [...document.querySelectorAll("main > article > *")];
  for (const part of parts()) sent.set(part, part.outerHTML);

  function wait(milliseconds) {
    clearTimeout(timer);
    if (!isOver && box.checked) timer = setTimeout(look, milliseconds);
  }

  async function look() {
    if (isLooking || document.hidden) return;
    isLooking = true;
    let pause = LATER;
    try {
      const answer = await fetch("state", { cache: "no-cache" });
      if (!answer.ok) throw new Error("status " + answer.status);
      const state = await answer.json();
      if (state.generation !== generation && !isSelecting()) await refresh();
      pause = state.pause * 1000;
      if (state.over && state.generation === generation) end();
    } catch (error) {
      tell("`fbench view` does not answer; the report is as it was.");
    }
    isLooking = false;
    wait(pause);
  }

  // a text that is being selected would be lost
  function isSelecting() {
    const chosen = getSelection();
    return chosen !== null && !chosen.isCollapsed;
  }

  // parses the page without running anything of it
  function fetched() {
    return new Promise((found, failed) => {
      const request = new XMLHttpRequest();
      request.open("GET", "./");
      request.responseType = "document";
      request.onload = () => (request.status === 200 && request.response && request.response.getElementById("live") ? found(request.response) : failed(new Error("status " + request.status)));
      request.onerror = () => failed(new Error("no answer"));
      request.send();
    });
  }

  async function refresh() {
    const fresh = await fetched(), came = fresh.getElementById("live").dataset.generation;
    const items = fresh.getElementById("data");
    if (!items || !byId("items")) {
      if (came !== generation && items) location.reload(); // there was no report until now
      generation = came;
      return;
    }
    const held = seen();
    swap(fresh);
    const detail = { text: items.textContent, done: null };
    dispatchEvent(new CustomEvent("fbench-items", { detail }));
    keep(held);
    await detail.done;
    keep(held);
    document.title = fresh.title;
    generation = came;
    tell(fresh.getElementById("live-said").textContent + progress());
  }

  // how many questions are answered, as the report says it
  function progress() {
    const loud = document.querySelector("main > article > .loud");
    const found = loud && /[\d,]+ of [\d,]+ questions? (?:is|are) answered/.exec(loud.textContent);
    return found ? " " + found[0] + "." : "";
  }

  function swap(fresh) {
    const came = [...fresh.querySelectorAll("main > article > *")], there = parts();
    const article = document.querySelector("main > article");
    const same = came.length === there.length && came.every((part, at) => part.tagName === there[at].tagName && part.id === there[at].id);
    if (!same) {
      // parts came or went, such as what is said of an unfinished run: they are found by their ids
      const known = new Map(there.filter((part) => part.id).map((part) => [part.id, part]));
      const kept = came.map((part) => (known.has(part.id) ? changed(known.get(part.id), part) : adopted(part)));
      for (const part of [...article.children]) if (!kept.includes(part)) part.remove();
      kept.forEach((part, at) => { if (article.children[at] !== part) article.insertBefore(part, article.children[at] || null); });
      return;
    }
    came.forEach((part, at) => changed(there[at], part));
  }

  function adopted(part) {
    const text = part.outerHTML, made = document.adoptNode(part);
    sent.set(made, text);
    return made;
  }

  // the part that stands there from now on: the old one, unless the server sends another text
  function changed(old, part) {
    if (sent.get(old) === part.outerHTML) return old;
    const made = adopted(part), focused = old.contains(document.activeElement) ? document.activeElement : null;
    const pairs = matched(old, made);
    old.replaceWith(made);
    for (const [before, now] of pairs) {
      if (before.tagName === "DETAILS") now.open = before.open;
      if (before.scrollLeft) now.scrollLeft = before.scrollLeft;
    }
    if (pairs.has(focused)) pairs.get(focused).focus({ preventScroll: true });
    return made;
  }

  // what a reader opens, scrolls or focuses, before and after: by its kind and name, whatever numbers are in that
  function matched(old, made) {
    const found = new Map(), pairs = new Map();
    for (const [whole, put] of [[made, (key, one) => found.set(key, one)], [old, (key, one) => found.has(key) && pairs.set(one, found.get(key))]]) {
      const counts = new Map();
      for (const one of whole.querySelectorAll("details, summary, a, button, [tabindex]")) {
        const words = one.getAttribute("aria-label") || (one.tagName === "DETAILS" ? one.querySelector("summary") : one).textContent;
        const name = one.tagName + words.replace(/\d[\d,.]*/g, "0"), number = (counts.get(name) || 0) + 1;
        counts.set(name, number);
        put(name + " " + number, one);
      }
    }
    return pairs;
  }

  // what stands at the top of the window, and where
  function seen() {
    for (let y = 90; y < innerHeight; y += 40) {
      const at = document.elementFromPoint(innerWidth / 2, y);
      const near = at && at.closest("#list > li, main section[id], main h2, header, nav");
      if (near) return { near, id: near.id, top: near.getBoundingClientRect().top };
    }
    return null;
  }

  function keep(held) {
    if (!held || scrollY === 0) return;
    const near = held.id ? byId(held.id) : held.near;
    if (near && near.isConnected) scrollBy({ top: near.getBoundingClientRect().top - held.top, behavior: "instant" });
  }

  // seen at once; read aloud at most once a minute
  function tell(words) {
    if (said.textContent === words) return;
    said.textContent = words;
    const now = performance.now();
    if (toldAt && now - toldAt < POLITE && !isOver) return;
    toldAt = now;
    status.textContent = words;
  }

  function end() {
    isOver = true;
    tell("This run is finished; the report is not refreshed any more.");
    box.parentElement.hidden = true;
    document.documentElement.dataset.over = "yes";
  }

  if (isOver) document.documentElement.dataset.over = "yes";
  else said.textContent += progress();
  box.addEventListener("change", () => (box.checked ? wait(0) : clearTimeout(timer)));
  document.addEventListener("visibilitychange", () => { if (!document.hidden) wait(0); });
  wait(0);
})();
