"use strict";
// The start page's example button, and the query page. Everything from outside goes in as text, never as markup.
(() => {
  const button = document.getElementById("try");
  if (button) {
    button.hidden = false;
    button.addEventListener("click", () => {
      document.getElementById("paste").value = button.dataset.example;
    });
  }

  const form = document.getElementById("sparql");
  if (!form) return;
  const words = JSON.parse(form.dataset.words);
  const prefixes = JSON.parse(form.dataset.prefixes);
  const text = document.getElementById("query");
  const answer = document.getElementById("answer");
  const MOST = 1000;

  const make = (name, content, className) => {
    const element = document.createElement(name);
    if (className) element.className = className;
    for (const part of Array.isArray(content) ? content : [content]) {
      if (part !== undefined && part !== null) element.append(part);
    }
    return element;
  };
  const notice = (...content) => make("div", content, "notice");
  const brief = (iri) => {
    let best = "", name = iri;
    for (const [prefix, space] of Object.entries(prefixes)) {
      if (iri.startsWith(space) && space.length > best.length) [best, name] = [space, `${prefix}:${iri.slice(space.length)}`];
    }
    return name;
  };
  const shown = (term) => {
    if (!term) return "";
    if (term.type !== "uri") return term.value;
    const link = make("a", brief(term.value));
    link.href = `/id?${new URLSearchParams({ iri: term.value, lang: form.dataset.lang })}`;
    return link;
  };
  const filled = (sentence, values) => sentence.replace(/\{(\w+)\}/g, (_, key) => values[key]);

  // The endpoint declares no prefix for its visitors, so those that the text uses are put before it.
  const withPrefixes = (query) => {
    const lines = [];
    for (const [prefix, space] of Object.entries(prefixes)) {
      const used = new RegExp(`(^|[^\\w<"'])${prefix}:`).test(query);
      const declared = new RegExp(`prefix\\s+${prefix}:`, "i").test(query);
      if (used && !declared) lines.push(`PREFIX ${prefix}: <${space}>`);
    }
    return [...lines, query].join("\n");
  };

  const tabled = (names, rows) => {
    const head = make("thead", make("tr", names.map((name) => make("th", name))));
    const body = make("tbody", rows.map((row) => make("tr", names.map((name) => make("td", shown(row[name]))))));
    const scroll = make("div", make("table", [head, body]), "scroll");
    scroll.tabIndex = 0;
    return scroll;
  };

  const reason = async (query) => {
    const asked = new URLSearchParams({ query, lang: form.dataset.lang, format: "json" });
    const reply = await fetch(`/why-empty?${asked}`);
    if (!reply.ok) return [];
    return (await reply.json()).text;
  };

  const run = async () => {
    const query = withPrefixes(text.value);
    const begun = performance.now();
    answer.replaceChildren(make("p", "…", "quiet"));
    let reply;
    try {
      reply = await fetch("/sparql", {
        method: "POST",
        headers: {
          "content-type": "application/sparql-query",
          accept: "application/sparql-results+json, text/turtle;q=0.9",
        },
        body: query,
      });
    } catch (error) {
      answer.replaceChildren(notice(String(error)));
      return;
    }
    if (!reply.ok) {
      const problem = await reply.json().catch(() => ({ detail: reply.statusText }));
      answer.replaceChildren(notice(problem.detail));
      return;
    }
    if (!reply.headers.get("content-type").includes("json")) {
      answer.replaceChildren(make("pre", make("code", await reply.text())));
      return;
    }
    const found = await reply.json();
    if ("boolean" in found) {
      answer.replaceChildren(notice(found.boolean ? words.yes : words.no));
      return;
    }
    const rows = found.results.bindings;
    if (rows.length === 0) {
      const box = notice(make("p", words.empty));
      answer.replaceChildren(box);
      const lines = await reason(query);
      if (lines.length) box.replaceChildren(make("ul", lines.map((line) => make("li", line))));
      return;
    }
    const time = Math.round(performance.now() - begun);
    const told = [filled(words.rows, { count: rows.length, time })];
    if (rows.length > MOST) told.push(filled(words.shown, { count: MOST }));
    answer.replaceChildren(make("p", told.join(" · "), "quiet"), tabled(found.head.vars, rows.slice(0, MOST)));
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    run();
  });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) run();
  });
  document.getElementById("examples").addEventListener("change", (event) => {
    if (event.target.value) text.value = event.target.value;
  });
  if (form.dataset.run) run();
})();
