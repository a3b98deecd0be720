"use strict";
(() => {
  const { charts, started_ms } = JSON.parse(document.getElementById("data").textContent);
  const root = document.documentElement;
  for (const chart of charts) for (const view of chart.views) for (const one of view.series) one.style ??= "line";
  const colour = (name) => getComputedStyle(root).getPropertyValue("--" + name).trim() || "#888";
  const faded = (name, share) => colour(name) + Math.round(share * 255).toString(16).padStart(2, "0");
  const make = (tag, text, classes) => {
    const element = document.createElement(tag);
    if (text !== undefined) element.textContent = text;
    if (classes) element.className = classes;
    return element;
  };
  const number = (value) => {
    if (value === null || value === undefined) return "–";
    const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
    return value.toLocaleString("en", { maximumFractionDigits: digits });
  };
  const seconds = (value) => {
    const hours = Math.floor(value / 3600), minutes = Math.floor(value / 60) % 60, rest = Math.round(value % 60);
    const two = (part) => String(part).padStart(2, "0");
    return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
  };
  const wall = (second) => new Date(started_ms + second * 1000).toISOString().slice(11, 19) + " UTC";
  const nines = (value) => {
    const share = 100 * (1 - 10 ** -value);
    return share.toFixed(value > 1.999 ? Math.min(4, Math.ceil(value - 2)) : share % 1 ? 1 : 0) + " %";
  };
  const shortMs = (value) => value >= 1000 ? number(value / 1000) + " s" : number(value) + " ms";
  const shown = (chart, value) => value === null || value === undefined ? "–"
    : chart.unit === "ms" ? shortMs(value) : chart.unit === "%" ? number(value) + " %" : number(value);
  const where = (chart, x) => {
    if (chart.x_kind === "percentile") return `${nines(x)} waited at most`;
    if (chart.x_kind === "rate") return `offered ${number(x)}/s`;
    const until = chart.bin_s > 1 ? `–${x + chart.bin_s - 1}` : "";
    return `second${until ? "s" : ""} ${x}${until} (${wall(x)})`;
  };
  const FONT = '12px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';
  const axisValues = {
    time: (ticks) => ticks.map(seconds),
    percentile: (ticks) => ticks.map(nines),
    rate: (ticks) => ticks.map(number),
  };

  class Figure {
    constructor(chart) {
      this.chart = chart;
      this.part = (name) => document.querySelector(`[data-${name}="${chart.id}"]`);
      this.holder = this.part("plot");
      this.view = 0; this.log = false; this.hidden = new Set(); this.index = null;
      this.tip = make("div", undefined, "tip");
      this.tip.hidden = true;
      this.part("views")?.addEventListener("change", (event) => { this.view = Number(event.target.value); this.hidden.clear(); this.draw(); });
      this.part("log")?.addEventListener("change", (event) => { this.log = event.target.checked; this.draw(); });
      this.part("reset").addEventListener("click", () => this.draw());
      this.part("numbers").addEventListener("toggle", (event) => { if (event.target.open) this.table(); });
      this.holder.addEventListener("keydown", (event) => this.key(event));
      this.holder.addEventListener("blur", () => this.rest());
      this.draw();
    }

    get series() { return this.chart.views[this.view].series; }
    get x() { return this.chart.views[this.view].x; }

    /** Areas lie on one another, in order; what is hidden has no height. */
    heights() {
      let below = this.x.map(() => 0);
      return this.series.map((one, place) => {
        if (one.style !== "area") return one.values;
        if (this.hidden.has(place)) return below;
        below = below.map((height, at) => height + (one.values[at] ?? 0));
        return below;
      });
    }

    draw(width) {
      this.plot?.destroy();
      this.width = width ?? this.holder.clientWidth;
      const heights = this.heights();
      const areas = this.series.map((one, place) => one.style === "area" ? place : -1).filter((place) => place >= 0);
      // the highest area is drawn first and the lower ones over it
      const wide = this.series.map((one, place) => one.style === "wide" ? place : -1).filter((place) => place >= 0);
      this.order = [...new Set([...[...areas].reverse(), ...wide, ...this.series.keys()])];
      this.plot = new uPlot(this.options(), [this.x, ...this.order.map((place) => heights[place])], this.holder);
      this.holder.append(this.tip);
      this.part("reset").hidden = true;
      this.legend();
      if (this.part("numbers").open) this.table();
    }

    options() {
      const chart = this.chart, timed = chart.x_kind === "time";
      const label = { rate: "offered per second", percentile: "so many of 100 waited at most so long" }[chart.x_kind];
      const axis = { stroke: colour("quiet"), grid: { stroke: colour("grid"), width: 1 }, ticks: { stroke: colour("grid"), width: 1 }, font: FONT, labelFont: FONT, labelSize: 20 };
      const options = {
        width: this.width, height: this.holder.clientHeight, padding: [14, 24, 0, 0], legend: { show: false },
        cursor: { y: false, points: { size: 8 }, drag: { x: true, y: false } },
        scales: { x: { time: false }, y: { range: (_, low, high) => this.range(low, high), distr: this.log ? 3 : 1 } },
        axes: [
          { ...axis, values: (_, ticks) => axisValues[chart.x_kind](ticks), size: 34, label },
          { ...axis, values: (_, ticks) => ticks.map((tick) => tick === null ? "" : shown(chart, tick)), size: 62 },
        ],
        series: [{}, ...this.order.map((place) => this.line(this.series[place], place))],
        hooks: { drawAxes: [(plot) => this.shade(plot)], draw: [(plot) => this.levels(plot)], setCursor: [(plot) => this.follow(plot)], setSelect: [(plot) => { this.part("reset").hidden = !plot.select.width; }] },
      };
      if (timed) {
        options.cursor.sync = { key: "time", setSeries: false, scales: ["x", null] };
        options.axes[0].incrs = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400];
      }
      if (chart.x_kind === "percentile") options.axes[0].splits = () => [0, Math.log10(2), 1, 2, 3, 4, 5].filter((at) => at <= this.furthest());
      if (chart.x_kind === "rate") options.scales.x.range = (_, low, high) => [low > high / 3 ? low : 0, high * 1.02];
      if (chart.x_kind === "percentile") options.scales.x.range = () => [0, this.furthest()];
      return options;
    }

    furthest() {
      return Math.max(1, ...this.series.map((one) => this.x[one.values.findLastIndex((value) => value !== null)] ?? 0));
    }

    range(low, high) {
      const top = Math.max(high ?? 0, ...(this.chart.views[this.view].levels ?? []).map((level) => level.value < 3 * (high ?? 0) ? level.value : 0));
      return this.log ? uPlot.rangeLog(Math.max(low ?? 0.1, 0.01), Math.max(top, 1), 10, false) : [0, top > 0 ? top * 1.08 : 1];
    }

    line(one, place) {
      const drawn = { label: one.name, show: !this.hidden.has(place), stroke: colour(one.colour), width: one.style === "area" ? 1 : 2, points: { show: false } };
      if (one.style === "area") Object.assign(drawn, { fill: colour(one.colour), width: 0.5, show: true });
      if (one.style === "wide") Object.assign(drawn, { stroke: faded(one.colour, 0.5), width: 6 });
      if (one.style === "dashed") Object.assign(drawn, { dash: [6, 4], width: 1.5 });
      if (one.style === "points") Object.assign(drawn, { paths: () => null, points: { show: true, size: 7, width: 0, fill: faded(one.colour, 0.7) } });
      return drawn;
    }

    shade(plot) {
      const { ctx, bbox } = plot;
      ctx.save();
      ctx.beginPath(); ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height); ctx.clip();
      for (const span of this.chart.spans ?? []) {
        const left = plot.valToPos(span.start_s, "x", true), right = plot.valToPos(span.end_s, "x", true);
        ctx.fillStyle = faded(span.colour, span.colour === "onset" ? 0.35 : 0.1);
        ctx.fillRect(left, bbox.top, Math.max(right - left, 2), bbox.height);
      }
      ctx.restore();
    }

    levels(plot) {
      const { ctx, bbox } = plot, ratio = uPlot.pxRatio;
      ctx.save();
      ctx.font = FONT.replace("12px", `${12 * ratio}px`); ctx.textAlign = "left"; ctx.textBaseline = "alphabetic";
      const taken = [];
      const label = (text, x, wanted, ink) => {
        const wide = ctx.measureText(text).width;
        const left = Math.min(Math.max(x, bbox.left + 3 * ratio), bbox.left + bbox.width - wide - 3 * ratio);
        let y = wanted;
        while (taken.some((other) => Math.abs(other - y) < 15 * ratio)) y -= 15 * ratio;
        taken.push(y);
        ctx.fillStyle = faded("card", 0.8); ctx.fillRect(left - 2 * ratio, y - 11 * ratio, wide + 4 * ratio, 15 * ratio);
        ctx.fillStyle = ink; ctx.fillText(text, left, y);
      };
      for (const level of this.chart.views[this.view].levels ?? []) {
        const y = plot.valToPos(level.value, "y", true);
        if (y < bbox.top || y > bbox.top + bbox.height) continue;
        ctx.strokeStyle = colour(level.colour); ctx.lineWidth = 1.5 * ratio; ctx.setLineDash([2 * ratio, 4 * ratio]);
        ctx.beginPath(); ctx.moveTo(bbox.left, y); ctx.lineTo(bbox.left + bbox.width, y); ctx.stroke();
        label(`${level.name} ${shown(this.chart, level.value)}`, bbox.left + bbox.width, y - 5 * ratio, colour(level.colour));
      }
      if (!this.holder.closest(".small")) for (const span of this.chart.spans ?? []) {
        const x = plot.valToPos(span.start_s, "x", true);
        if (span.colour === "onset" && x >= bbox.left && x <= bbox.left + bbox.width) label(span.name, x + 12 * ratio, bbox.top + 12 * ratio, colour("onset"));
      }
      ctx.restore();
    }

    legend() {
      this.part("legend").replaceChildren(...this.series.map((one, place) => {
        const button = make("button"), item = make("li");
        const swatch = make("span", undefined, `swatch ${one.style}`);
        swatch.style.setProperty(one.style === "dashed" ? "border-top-color" : "background", colour(one.colour));
        button.type = "button";
        button.setAttribute("aria-pressed", String(!this.hidden.has(place)));
        button.append(swatch, one.name);
        button.addEventListener("click", () => {
          this.hidden.has(place) ? this.hidden.delete(place) : this.hidden.add(place);
          this.draw();
          this.part("legend").querySelectorAll("button")[place].focus();
        });
        item.append(button);
        return item;
      }));
    }

    text(one, at) {
      const range = one.low?.length ? ` (${shown(this.chart, one.low[at])} to ${shown(this.chart, one.high[at])})` : "";
      return shown(this.chart, one.values[at]) + range;
    }

    follow(plot) {
      const at = plot.cursor.idx;
      const mine = this.holder.matches(":hover") || document.activeElement === this.holder;
      if (at === null || at === undefined || plot.cursor.left < 0 || !mine) { this.tip.hidden = true; return; }
      const rows = make("table");
      this.series.forEach((one, place) => {
        if (this.hidden.has(place)) return;
        const row = rows.insertRow(), head = make("th"), swatch = make("span", undefined, `swatch ${one.style}`);
        swatch.style.setProperty(one.style === "dashed" ? "border-top-color" : "background", colour(one.colour));
        head.append(swatch, one.name);
        row.append(head, make("td", this.text(one, at)));
      });
      this.tip.replaceChildren(make("b", where(this.chart, this.x[at])), rows);
      this.tip.hidden = false;
      const left = plot.over.offsetLeft + plot.cursor.left, wide = this.tip.offsetWidth;
      const place = left + 16 + wide > this.holder.clientWidth ? left - wide - 16 : left + 16;
      this.tip.style.setProperty("left", `${Math.max(0, Math.min(place, this.holder.clientWidth - wide))}px`);
      this.tip.style.setProperty("top", `${plot.over.offsetTop + 24}px`);
    }

    key(event) {
      const last = this.x.length - 1, leap = Math.max(1, Math.round(last / 20));
      const moves = { ArrowLeft: -1, ArrowRight: 1, PageUp: -leap, PageDown: leap, Home: -Infinity, End: Infinity };
      if (event.key === "Escape") { this.rest(); return; }
      if (!(event.key in moves)) return;
      event.preventDefault();
      const from = this.index ?? (moves[event.key] > 0 ? -1 : last + 1);
      this.index = Math.max(0, Math.min(last, from + moves[event.key]));
      this.plot.setCursor({ left: this.plot.valToPos(this.x[this.index], "x"), top: 10 });
      const said = this.series.filter((_, place) => !this.hidden.has(place)).map((one) => `${one.name} ${this.text(one, this.index)}`);
      this.part("live").textContent = `${where(this.chart, this.x[this.index])}: ${said.join(", ")}`;
    }

    rest() {
      this.index = null;
      this.tip.hidden = true;
      this.plot.setCursor({ left: -10, top: -10 });
    }

    table() {
      const table = make("table"), head = table.createTHead().insertRow(), body = table.createTBody();
      const columns = [{ time: "second", percentile: "share", rate: "offered per second" }[this.chart.x_kind], ...this.series.map((one) => one.name)];
      for (const name of columns) { const cell = make("th", name); cell.scope = "col"; head.append(cell); }
      this.x.forEach((x, at) => {
        const row = body.insertRow(), first = make("th", this.chart.x_kind === "percentile" ? nines(x) : number(x));
        first.scope = "row";
        row.append(first, ...this.series.map((one) => make("td", this.text(one, at))));
      });
      this.part("numbers").querySelector(".scroll").replaceChildren(table);
    }
  }

  const figures = charts.map((chart) => new Figure(chart));
  const redraw = () => figures.forEach((figure) => figure.draw());
  let waiting = 0;
  new ResizeObserver(() => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(() => figures.forEach((figure) => { if (figure.holder.clientWidth !== figure.width && !root.classList.contains("on-paper")) figure.draw(); }));
  }).observe(document.querySelector("main"));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  // paper is white and narrow, whatever the screen is
  addEventListener("beforeprint", () => { root.classList.add("on-paper"); figures.forEach((figure) => figure.draw(figure.holder.closest(".small") ? 310 : 660)); });
  addEventListener("afterprint", () => { root.classList.remove("on-paper"); redraw(); });
  root.classList.add("drawn");
})();
