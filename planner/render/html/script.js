"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const SVG = "http://www.w3.org/2000/svg";
  const PAGE = 50, TEXTS = 5, COUNTS = 7, MTOK = 8, TTFT = 9, TPOT = 10, MARK = 11;
  for (const work of data) for (const row of work.rows) row.splice(work.cost.at, 0, row[work.cost.at - 1] * work.cost.factor);
  const node = (name, attributes = {}, text = "") => {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== "") made.textContent = text;
    return made;
  };
  const short = (value) => (value >= 100 ? Math.round(value).toLocaleString("en") : String(Number(value.toPrecision(3))));

  /* Ticks at 1, 2, 5 of each decade; every power of ten of a long logarithmic axis. */
  const ticks = (low, high, log) => {
    const found = [];
    if (log) {
      const steps = Math.log10(high / low) > 2.2 ? [1, 2, 5] : Math.log10(high / low) > 0.8 ? [1, 2, 3, 5, 7] : [1, 1.5, 2, 3, 4, 5, 6, 7, 8];
      for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power += 1)
        for (const step of steps) found.push(step * 10 ** power);
    } else {
      const rough = (high - low) / 4, base = 10 ** Math.floor(Math.log10(rough));
      const step = [1, 2, 5, 10].map((each) => each * base).find((each) => each >= rough);
      for (let at = Math.ceil(low / step) * step; at <= high; at += step) found.push(at);
    }
    return found.filter((each) => each >= low * 0.999 && each <= high * 1.001);
  };
  const scale = (low, high, from, to, log) => {
    const place = log ? Math.log : (value) => value;
    return (value) => from + ((place(value) - place(low)) / (place(high) - place(low) || 1)) * (to - from);
  };
  const frame = (box, height, x, y, names) => {
    const width = Math.max(box.clientWidth - 18, 240), left = 52, bottom = height - 38;
    const svg = node("svg", { viewBox: `0 0 ${width} ${height}`, height, role: "img", "aria-label": names.label });
    const across = scale(x.low, x.high, left, width - 14, x.log), up = scale(y.low, y.high, bottom, 22, y.log);
    let above = Infinity;
    for (const at of ticks(y.low, y.high, y.log)) {
      if (above - up(at) < 15) continue;
      above = up(at);
      svg.append(node("line", { class: "grid", x1: left, x2: width - 14, y1: up(at), y2: up(at) }));
      svg.append(node("text", { x: left - 6, y: up(at) + 4, "text-anchor": "end" }, short(at)));
    }
    let last = -99;
    for (const at of ticks(x.low, x.high, x.log)) {
      if (across(at) - last < 34) continue;
      last = across(at);
      svg.append(node("line", { class: "grid", x1: last, x2: last, y1: 22, y2: bottom }));
      svg.append(node("text", { x: last, y: bottom + 16, "text-anchor": "middle" }, short(at)));
    }
    svg.append(node("line", { class: "axis", x1: left, x2: width - 14, y1: bottom, y2: bottom }));
    svg.append(node("text", { x: width - 14, y: height - 5, "text-anchor": "end" }, names.x));
    svg.append(node("text", { x: 4, y: 13 }, names.y));
    return { svg, across, up, width, left, bottom };
  };

  const drawLoad = (box) => {
    const work = data[box.dataset.workload], metric = box.dataset.metric, at = metric === "ttft" ? 1 : 2;
    const load = work.loads[box.dataset.pool], carried = work.now[box.dataset.pool];
    const limit = work.bounds[metric], values = load.map((point) => point[at]);
    const cap = limit ? limit * 2.2 : Math.min(Math.max(...values), 12 * values[0]);
    const high = Math.max(Math.min(Math.max(...values), cap), limit ? limit * 1.15 : 0) * 1.05;
    const name = `${metric.toUpperCase()} ${work.statistics[at - 1]} [ms]`;
    const chart = frame(box, 250, { low: 0, high: load[load.length - 1][0] * 1.02 }, { low: 0, high },
      { x: "requests/s of the pool", y: name, label: `${name} against load` });
    const shown = load.filter((point) => point[at] <= high);
    chart.svg.append(node("polyline", { class: "curve", points: shown.map((p) => `${chart.across(p[0])},${chart.up(p[at])}`).join(" ") }));
    if (limit) {
      chart.svg.append(node("line", { class: "slo", x1: chart.left, x2: chart.width - 14, y1: chart.up(limit), y2: chart.up(limit) }));
      chart.svg.append(node("text", { class: "bad", x: chart.left + 6, y: chart.up(limit) - 5 }, `SLO ${short(limit)}`));
    }
    const now = chart.across(carried);
    chart.svg.append(node("line", { class: "now", x1: now, x2: now, y1: 22, y2: chart.bottom }));
    chart.svg.append(node("text", { class: "good", x: now - 5, y: chart.bottom - 6, "text-anchor": "end" }, `load ${short(carried)}`));
    box.replaceChildren(chart.svg);
  };

  const words = (work, row) => {
    const [accelerator, offer, layout, formats, engine, replicas, accelerators, hour, mtok, ttft, tpot] = row, name = work.names;
    return [
      `${replicas} × (${name[layout]}) ${name[accelerator]}, ${name[formats]}, ${name[engine]} tok/step, of ${name[offer]}`,
      `${short(mtok)} USD/Mtok, ${short(hour)} USD/h on ${accelerators} accelerators`,
      `TTFT ${short(ttft)} ms, TPOT ${short(tpot)} ms${row[MARK] & 2 ? " (chosen)" : row[MARK] & 1 ? " (Pareto front)" : ""}`,
    ];
  };

  class Explorer {
    constructor(root) {
      this.root = root;
      this.work = data[root.dataset.workload];
      this.form = root.querySelector("form");
      this.box = root.querySelector(".chart");
      this.tip = root.querySelector(".tip");
      this.body = root.querySelector("tbody");
      this.sort = { key: MTOK, up: true };
      this.limit = PAGE;
      this.texts = this.work.rows.map((row) => words(this.work, row).join(" ").toLowerCase());
      this.fill("accelerator", 0);
      this.fill("format", 3, (name) => name.split(",")[0]);
      this.form.addEventListener("input", () => this.update());
      this.form.addEventListener("submit", (event) => event.preventDefault());
      this.form.addEventListener("reset", () => setTimeout(() => this.update()));
      root.querySelector(".more").addEventListener("click", () => { this.limit += 4 * PAGE; this.rows(); });
      for (const button of root.querySelectorAll("[data-sort]")) button.addEventListener("click", () => this.resort(Number(button.dataset.sort)));
      this.box.tabIndex = 0;
      this.box.setAttribute("aria-label", "Candidates by cost and latency; arrow keys walk along the cheapest");
      this.box.addEventListener("pointermove", (event) => this.near(event));
      for (const end of ["pointerleave", "blur"]) this.box.addEventListener(end, () => { this.float.hidden = true; });
      this.box.addEventListener("keydown", (event) => this.walk(event));
      this.body.addEventListener("pointerover", (event) => { const tr = event.target.closest("tr"); if (tr) this.point(Number(tr.dataset.row)); });
      this.update();
    }
    fill(name, column, cut = (text) => text) {
      const found = [...new Set(this.work.rows.map((row) => cut(this.work.names[row[column]])))].sort();
      for (const each of found) this.form.elements[name].append(new Option(each, each));
    }
    update() {
      const { text, accelerator, format, metric, front } = this.form.elements;
      const parts = text.value.toLowerCase().split(/\s+/).filter(Boolean), names = this.work.names;
      this.metric = metric.value === "ttft" ? TTFT : TPOT;
      this.shown = this.work.rows.map((_, index) => index).filter((index) => {
        const row = this.work.rows[index];
        return parts.every((part) => this.texts[index].includes(part)) && (!accelerator.value || names[row[0]] === accelerator.value) &&
          (!format.value || names[row[3]].split(",")[0] === format.value) && (!front.checked || row[MARK] & 3);
      });
      this.limit = PAGE;
      this.draw();
      this.rows();
    }
    resort(key) {
      this.sort = { key, up: this.sort.key === key ? !this.sort.up : true };
      this.rows();
    }
    draw() {
      const { rows } = this.work, metric = this.metric;
      const range = (at) => {
        const paid = rows.map((row) => row[at]).filter((value) => value > 0);
        const least = paid.length ? Math.min(...paid) : 1, free = paid.length < rows.length;
        return { low: least * (free ? 0.5 : 0.93), high: (paid.length ? Math.max(...paid) : 1) * 1.07, log: true, free };
      };
      const cost = range(MTOK), budget = (this.work.cost.most || 0) * this.work.cost.factor;
      const near = budget > cost.low / 8 && budget < cost.high;
      if (near) cost.low = Math.min(cost.low, budget * 0.9);
      const name = `${metric === TTFT ? "TTFT" : "TPOT"} mean [ms]`;
      const chart = (this.chart = frame(this.box, 340, cost, range(metric), { x: `USD per million tokens${cost.free ? " (left edge: nothing more to pay)" : ""}`, y: name, label: `Cost against ${name} of ${this.shown.length} candidates` }));
      this.places = this.shown.map((index) => [chart.across(Math.max(rows[index][MTOK], cost.low)), chart.up(rows[index][metric]), index]);
      for (const [x, y] of this.places) chart.svg.append(node("circle", { class: "dot", cx: x.toFixed(1), cy: y.toFixed(1), r: 3 }));
      let best = Infinity;
      const line = [...this.places].sort((a, b) => a[0] - b[0] || b[1] - a[1]).filter(([, y]) => (best === Infinity || y > best) && ((best = y), true));
      chart.svg.append(node("polyline", { class: "frontline", points: line.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ") }));
      for (const [x, y] of line) chart.svg.append(node("circle", { class: "frontdot", cx: x, cy: y, r: 4 }));
      for (const [x, y, index] of this.places) if (rows[index][MARK] & 2) chart.svg.append(node("circle", { class: "picked", cx: x, cy: y, r: 8 }));
      if (near) {
        const at = chart.across(budget);
        chart.svg.append(node("line", { class: "slo", x1: at, x2: at, y1: 22, y2: chart.bottom }));
        chart.svg.append(node("text", { class: "bad", x: at + 5, y: 34 }, `budget ${short(this.work.cost.most)} USD/h`));
      }
      this.ring = node("circle", { class: "hover", r: 7, cx: -50, cy: -50 });
      chart.svg.append(this.ring);
      this.float = document.createElement("div");
      this.float.className = "float";
      this.float.hidden = true;
      this.box.replaceChildren(chart.svg, this.float);
      this.tip.textContent = "Hover or use the arrow keys to read a candidate. Line: the Pareto front of what is shown. Ring: chosen.";
    }
    near(event) {
      const area = this.chart.svg.getBoundingClientRect(), ratio = this.chart.width / area.width;
      const x = (event.clientX - area.left) * ratio, y = (event.clientY - area.top) * ratio;
      let least = 900, found = null;
      for (const place of this.places) {
        const away = (place[0] - x) ** 2 + (place[1] - y) ** 2;
        if (away < least) { least = away; found = place; }
      }
      if (found) this.point(found[2]);
    }
    walk(event) {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!step || !this.shown.length) return;
      event.preventDefault();
      const order = this.ordered(), now = order.indexOf(this.current);
      this.point(order[Math.min(Math.max(now + step, 0), order.length - 1)]);
    }
    point(index) {
      if (Number.isNaN(index)) return;
      this.current = index;
      const place = this.places.find((each) => each[2] === index);
      const lines = words(this.work, this.work.rows[index]);
      if (place) { this.ring.setAttribute("cx", place[0]); this.ring.setAttribute("cy", place[1]); this.say(lines, place); }
      this.tip.textContent = lines.join(": ");
      for (const row of this.body.rows) row.classList.toggle("hot", Number(row.dataset.row) === index);
    }
    /* The words beside the point; the status line below says the same to those who cannot see it. */
    say(lines, [x, y]) {
      const float = this.float, ratio = this.chart.svg.getBoundingClientRect().width / this.chart.width;
      float.replaceChildren(...lines.map((line) => { const made = document.createElement("div"); made.textContent = line; return made; }));
      float.hidden = false;
      const most = this.box.clientWidth - float.offsetWidth - 6, above = y * ratio - float.offsetHeight - 6;
      float.style.left = `${Math.max(Math.min(x * ratio + 18, most), 6)}px`;
      float.style.top = `${above > 0 ? above : y * ratio + 24}px`;
    }
    ordered() {
      const { key, up } = this.sort, { rows, names } = this.work, text = key < TEXTS;
      const value = (index) => (text ? names[rows[index][key]] : rows[index][key]);
      return [...this.shown].sort((a, b) => (text ? value(a).localeCompare(value(b)) : value(a) - value(b)) * (up ? 1 : -1) || a - b);
    }
    /* On paper the Pareto front and what was chosen, all of it; on a screen the first of what is shown. */
    rows(paper = false) {
      const { rows, names } = this.work, made = document.createDocumentFragment(), ordered = this.ordered();
      for (const index of paper ? ordered.filter((each) => rows[each][MARK]) : ordered.slice(0, this.limit)) {
        const row = rows[index], tr = document.createElement("tr");
        tr.dataset.row = index;
        tr.classList.toggle("front", Boolean(row[MARK] & 1));
        tr.classList.toggle("chosen", Boolean(row[MARK] & 2));
        row.slice(0, MARK).forEach((cell, at) => { tr.insertCell().textContent = at < TEXTS ? names[cell] : at < COUNTS ? cell.toLocaleString("en") : short(cell); });
        made.append(tr);
      }
      this.body.replaceChildren(made);
      for (const button of this.root.querySelectorAll("[data-sort]"))
        button.parentElement.setAttribute("aria-sort", Number(button.dataset.sort) === this.sort.key ? (this.sort.up ? "ascending" : "descending") : "none");
      this.root.querySelector(".count").textContent = `${this.shown.length.toLocaleString("en")} of ${rows.length.toLocaleString("en")} candidates`;
      this.root.querySelector(".more").hidden = this.shown.length <= this.limit;
    }
  }

  const explorers = [...document.querySelectorAll(".explorer")].map((root) => new Explorer(root));
  const loads = [...document.querySelectorAll("[data-chart=load]")];
  const redraw = () => { loads.forEach(drawLoad); explorers.forEach((each) => each.draw()); };
  loads.forEach(drawLoad);
  let width = innerWidth;
  addEventListener("resize", () => { if (innerWidth !== width) { width = innerWidth; redraw(); } });
  addEventListener("beforeprint", () => { redraw(); explorers.forEach((each) => each.rows(true)); });
  addEventListener("afterprint", () => { redraw(); explorers.forEach((each) => each.rows()); });
})();
