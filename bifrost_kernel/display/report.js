// Brings a page's charts to life: theme, read-out, zoom. Nothing is fetched, nothing evaluated.
(function () {
  "use strict";
  const version = 1;
  const earlier = window.bifrost;
  if (earlier && earlier.version >= version) {
    earlier.mount();
    setTimeout(earlier.mount, 250);
    return;
  }
  const mounted = new Set();

  // ---- theme --------------------------------------------------------------------------
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const paper = canvas.getContext("2d", { willReadFrequently: true });

  function pixel(colour) {
    paper.clearRect(0, 0, 1, 1);
    paper.fillStyle = colour;
    paper.fillRect(0, 0, 1, 1);
    return paper.getImageData(0, 0, 1, 1).data;
  }

  function resolver(root) {
    const probe = document.createElement("span");
    probe.hidden = true;
    root.append(probe);
    const known = {};
    return {
      read(role) {
        if (!(role in known)) {
          probe.style.color = `var(--bf-${role})`;
          const [red, green, blue, alpha] = pixel(getComputedStyle(probe).color);
          known[role] = `rgba(${red}, ${green}, ${blue}, ${(alpha / 255).toFixed(3)})`;
        }
        return known[role];
      },
      done() {
        probe.remove();
      },
    };
  }

  function isDark(root) {
    for (let at = root; at; at = at.parentElement) {
      const [red, green, blue, alpha] = pixel(getComputedStyle(at).backgroundColor);
      if (alpha > 128) return 0.2126 * red + 0.7152 * green + 0.0722 * blue < 128;
    }
    const scheme = getComputedStyle(document.documentElement).colorScheme;
    return /dark/.test(scheme) && matchMedia("(prefers-color-scheme: dark)").matches;
  }

  // A host with a theme of its own may differ from the system: believe the ground that is there.
  function settle(root) {
    if (root.dataset.bfFixed === undefined) {
      delete root.dataset.bfTheme;
      const hosted = document.body.matches("[data-jp-theme-light], [class*=vscode]");
      if (!hosted) {
        const outside = root.parentElement && isDark(root.parentElement);
        root.dataset.bfTheme = outside ? "dark" : "light";
      }
    }
    const dark = isDark(root);
    for (const source of root.querySelectorAll("picture > source")) {
      source.media = dark ? "all" : "not all";
    }
  }

  function paint(view) {
    const colours = resolver(view.root);
    for (const [id, name, role] of view.plan.ink) {
      const model = view.document.get_model_by_id(id);
      if (model) model.setv({ [name]: colours.read(role) });
    }
    colours.done();
  }

  function repaint() {
    for (const root of document.querySelectorAll(".bifrost")) settle(root);
    for (const view of mounted) {
      if (view.root.isConnected) paint(view);
      else mounted.delete(view);
    }
  }

  let pending = [];
  function themeChanged() {
    pending.forEach(clearTimeout);
    pending = [0, 120, 600].map((delay) => setTimeout(repaint, delay));
  }

  // ---- numbers ------------------------------------------------------------------------
  function number(value, digits) {
    if (!Number.isFinite(value)) return "\u2013";
    return value
      .toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits })
      .replace("-", "\u2212");
  }

  function stamp(time, isIntraday) {
    const text = new Date(time).toISOString();
    return isIntraday ? text.slice(0, 16).replace("T", " ") : text.slice(0, 10);
  }

  function nearest(times, wanted) {
    let low = 0;
    let high = times.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (times[middle] < wanted) low = middle;
      else high = middle;
    }
    return wanted - times[low] < times[high] - wanted ? low : high;
  }

  // ---- one chart ----------------------------------------------------------------------
  function columnOf(view, id, name) {
    return view.document.get_model_by_id(id).get_array(name);
  }

  // Daily bars lie at their own dates; bars that stand side by side carry both.
  function timesOf(view, id) {
    return columnOf(view, id, view.plan.isIntraday ? "time" : "x");
  }

  // The figure around it takes the focus; Bokeh's own layer would be a second stop.
  function forgoFocus(root) {
    for (const one of root.querySelectorAll("*")) {
      if (one.tabIndex >= 0) one.removeAttribute("tabindex");
      if (one.shadowRoot) forgoFocus(one.shadowRoot);
    }
  }

  function fitValues(view) {
    for (const panel of view.plan.panels) {
      const range = view.document.get_model_by_id(panel.xRange);
      const places = columnOf(view, panel.source, "x");
      let low = Infinity;
      let high = -Infinity;
      const look = (place, value) => {
        if (place < range.start || place > range.end || !Number.isFinite(value)) return;
        if (value < low) low = value;
        if (value > high) high = value;
      };
      for (let column = 0; column < panel.columns; column++) {
        const values = columnOf(view, panel.source, `c${column}`);
        for (let row = 0; row < values.length; row++) look(places[row], values[row]);
      }
      for (const mark of panel.marks) {
        const at = columnOf(view, mark.source, "x");
        const values = columnOf(view, mark.source, "value");
        for (let row = 0; row < values.length; row++) look(at[row], values[row]);
      }
      if (!(high >= low)) continue;
      let [start, end] = [low, high];
      if (panel.isLog) {
        const room = Math.max(1.002, (high / low) ** 0.04);
        [start, end] = [low / room, high * room];
      } else {
        const room = 0.04 * (high - low) || Math.abs(high) * 0.01 || 1;
        [start, end] = [low - room, high + room];
        if (panel.floor !== null) start = panel.floor;
        if (panel.ceiling !== null) end = panel.ceiling;
      }
      view.document.get_model_by_id(panel.yRange).setv({ start, end });
      if (panel.isLog) {
        const ticker = view.document.get_model_by_id(panel.valueTicker);
        ticker.setv({ ticks: logTicks(start, end) });
      }
    }
  }

  function logTicks(low, high) {
    if (high / low < 5) {
      const rough = (high - low) / 5;
      const power = 10 ** Math.floor(Math.log10(rough));
      const step = [1, 2, 2.5, 5, 10].find((one) => one * power >= rough * 0.999) * power;
      const ticks = [];
      for (let at = Math.ceil(low / step); at * step <= high; at++) ticks.push(at * step);
      return ticks;
    }
    let found = [];
    for (const mantissas of [[1, 2, 5], [1, 3], [1]]) {
      found = [];
      for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
        for (const one of mantissas) found.push(one * 10 ** power);
      }
      found = found.filter((one) => low <= one && one <= high);
      if (found.length <= 8) break;
    }
    return found;
  }

  // As many dates as there is room for.
  function spaceDates(view) {
    for (const panel of view.plan.panels) {
      const width = view.figures.get(panel.key).clientWidth;
      const wanted = Math.max(2, Math.min(14, Math.round(width / 72)));
      const ticker = view.document.get_model_by_id(panel.timeTicker);
      if (!view.plan.isIntraday) {
        ticker.setv({ desired_num_ticks: wanted });
        continue;
      }
      const found = barTicks(view, panel, wanted);
      const axis = view.document.get_model_by_id(panel.timeAxis);
      axis.setv({ major_label_overrides: new Map(found) });
      ticker.setv({ ticks: found.map(([place]) => place) });
    }
  }

  const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
  const LEVELS = [
    [4, (text) => text.slice(0, 4)],
    [7, (text) => `${MONTHS[Number(text.slice(5, 7)) - 1]} ${text.slice(0, 4)}`],
    [10, (text) => `${text.slice(8, 10)} ${MONTHS[Number(text.slice(5, 7)) - 1]}`],
    [13, (text) => text.slice(11, 16)],
    [16, (text) => text.slice(11, 16)],
  ];

  // Bars stand side by side: mark the first one of each year, month, day, hour or minute.
  function barTicks(view, panel, wanted) {
    const range = view.document.get_model_by_id(panel.xRange);
    const times = timesOf(view, panel.source);
    const places = columnOf(view, panel.source, "x");
    const shown = [];
    for (let row = 0; row < times.length; row++) {
      if (places[row] < range.start || places[row] > range.end) continue;
      shown.push([places[row], new Date(times[row]).toISOString()]);
    }
    let rows = [];
    let write = LEVELS[0][1];
    for (const [length, style] of LEVELS) {
      const finer = shown.filter(
        ([, text], at) => at && text.slice(0, length) !== shown[at - 1][1].slice(0, length),
      );
      if (finer.length > wanted && rows.length >= Math.max(2, Math.floor(wanted / 3))) break;
      [rows, write] = [finer, style];
      if (rows.length >= Math.floor(wanted / 2)) break;
    }
    const stride = Math.max(1, Math.ceil(rows.length / wanted));
    return rows.filter((_, at) => at % stride === 0).map(([place, text]) => [place, write(text)]);
  }

  function showRow(view, wanted) {
    const first = view.plan.panels[0];
    const range = view.document.get_model_by_id(first.xRange);
    const places = columnOf(view, first.source, "x");
    const at = nearest(places, wanted);
    const place = places[at];
    const moment = timesOf(view, first.source)[at];
    const share = (place - range.start) / (range.end - range.start);
    view.place = place;
    for (const panel of view.plan.panels) {
      const figure = view.figures.get(panel.key);
      const width = view.document.get_model_by_id(panel.root).inner_width || figure.clientWidth;
      const line = figure.querySelector(".bf-cursor");
      line.hidden = share < 0 || share > 1;
      line.style.left = `${share * width}px`;
      const row = nearest(columnOf(view, panel.source, "x"), place);
      for (const output of figure.querySelectorAll("[data-bf-column]")) {
        const value = columnOf(view, panel.source, output.dataset.bfColumn)[row];
        output.textContent = number(value, panel.digits);
      }
      const when = figure.querySelector("[data-bf-when]");
      if (when) when.classList.add("bf-on");
      if (when) when.textContent = stamp(moment, view.plan.isIntraday) + markAt(view, panel, moment);
    }
  }

  function markAt(view, panel, moment) {
    const found = [];
    for (const mark of panel.marks) {
      const times = timesOf(view, mark.source);
      const row = times.length ? nearest(times, moment) : -1;
      if (row < 0 || times[row] !== moment) continue;
      found.push(`${mark.name} at ${number(columnOf(view, mark.source, "value")[row], 2)}`);
    }
    return found.length ? ` \u00b7 ${found.join(", ")}` : "";
  }

  function rest(view) {
    view.place = null;
    for (const figure of view.figures.values()) {
      figure.querySelector(".bf-cursor").hidden = true;
      for (const output of figure.querySelectorAll("[data-bf-rest]")) {
        output.textContent = output.dataset.bfRest;
        output.classList.remove("bf-on");
      }
    }
  }

  function listen(view) {
    const range = view.document.get_model_by_id(view.plan.panels[0].xRange);
    const [start, end] = [range.start, range.end];
    let waiting = false;
    const moved = () => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => {
        waiting = false;
        rest(view);
        fitValues(view);
        if (view.plan.isIntraday) spaceDates(view);
      });
    };
    new ResizeObserver(() => spaceDates(view)).observe(view.figures.values().next().value);
    range.properties.start.change.connect(moved);
    range.properties.end.change.connect(moved);
    const reset = () => range.setv({ start, end });
    for (const panel of view.plan.panels) {
      const figure = view.figures.get(panel.key);
      const ground = figure.querySelector(".bf-chart");
      ground.addEventListener("mousemove", (event) => {
        const box = ground.getBoundingClientRect();
        const width = view.document.get_model_by_id(panel.root).inner_width || box.width;
        const share = (event.clientX - box.left) / width;
        if (share <= 1) showRow(view, range.start + share * (range.end - range.start));
        else rest(view);
      });
      ground.addEventListener("mouseleave", () => rest(view));
      ground.addEventListener("dblclick", reset);
      ground.addEventListener("keydown", (event) => press(view, range, reset, event));
    }
  }

  function press(view, range, reset, event) {
    const places = columnOf(view, view.plan.panels[0].source, "x");
    const width = range.end - range.start;
    const centre = view.place === null ? range.end : view.place;
    const zoom = (factor) => {
      const left = Math.max(range.start, centre - (centre - range.start) * factor);
      range.setv({ start: left, end: Math.min(range.end, left + width * factor) });
    };
    const step = (by) => {
      const row = nearest(places, centre) + by;
      showRow(view, places[Math.min(places.length - 1, Math.max(0, row))]);
    };
    const keys = {
      ArrowLeft: () => step(-1), ArrowRight: () => step(1),
      "+": () => zoom(0.5), "-": reset, Escape: () => rest(view), 0: reset,
    };
    if (!(event.key in keys)) return;
    keys[event.key]();
    event.preventDefault();
    event.stopPropagation();
  }

  async function bring(group) {
    group.dataset.bfState = "busy";
    const plan = JSON.parse(group.querySelector("script[data-bf-plan]").textContent);
    const figures = new Map();
    const roots = {};
    for (const panel of plan.panels) {
      const figure = group.querySelector(`[data-bf-panel="${panel.key}"]`);
      const ground = figure.querySelector(".bf-live");
      figures.set(panel.key, figure);
      roots[panel.root] = ground;
    }
    const Bokeh = window.Bokeh;
    const item = { docid: plan.key, roots, root_ids: plan.panels.map((one) => one.root) };
    const before = Bokeh.documents.length;
    await Bokeh.embed.embed_items({ [plan.key]: plan.document }, [item]);
    const root = group.closest(".bifrost");
    const view = { plan, figures, root, document: Bokeh.documents[before], place: null };
    paint(view);
    listen(view);
    for (const ground of Object.values(roots)) forgoFocus(ground);
    mounted.add(view);
    group.dataset.bfState = "live";
  }

  // ---- the library, packed once in a page -----------------------------------------------
  async function unpack() {
    const box = document.querySelector("[data-bf-library]");
    if (!box || typeof DecompressionStream === "undefined") return;
    const bytes = Uint8Array.from(atob(box.dataset.bfLibrary), (sign) => sign.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    const script = document.createElement("script");
    script.textContent = await new Response(stream).text();
    document.head.append(script);
    script.remove();
  }

  function canDraw() {
    return Boolean(window.Bokeh && window.Bokeh.embed && /^3\./.test(window.Bokeh.version));
  }

  let queue = Promise.resolve();
  function mount() {
    queue = queue.then(sweep);
    return queue;
  }

  async function sweep() {
    for (const root of document.querySelectorAll(".bifrost")) settle(root);
    const waiting = document.querySelectorAll(".bf-charts:not([data-bf-state])");
    if (!waiting.length) return;
    if (!canDraw()) await unpack();
    if (!canDraw()) return;
    for (const group of document.querySelectorAll(".bf-charts:not([data-bf-state])")) {
      if (!group.isConnected) continue;
      try {
        await bring(group);
      } catch (error) {
        group.dataset.bfState = "still";
        console.warn("Bifrost: the chart stays a still picture.", error);
      }
    }
  }

  window.bifrost = { version, mount, repaint };
  new MutationObserver(themeChanged).observe(document.documentElement, {
    attributes: true,
    attributeFilter: ["data-jp-theme-light", "data-jp-theme-name", "class", "data-theme"],
    subtree: false,
  });
  const watchBody = () => {
    new MutationObserver(themeChanged).observe(document.body, {
      attributes: true,
      attributeFilter: ["data-jp-theme-light", "data-jp-theme-name", "class"],
    });
    mount();
    setTimeout(mount, 250);
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", themeChanged);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", watchBody);
  else watchBody();
})();
