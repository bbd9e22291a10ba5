"use strict";
/* Leaderboards that readers filter: what is shown is ranked again. Text is set as text alone. */
const bakeoffBoard = (() => {
  const DASH = "\u2013";
  const MINUS = "\u2212";
  const MOST_TASKS = 12;

  /* Digits as Python sets them: exact halves go to the even neighbour. */
  const fixed = (value, digits) => {
    const isHalf = Number.isInteger(value * 2 ** (digits + 1)) && Math.abs((value * 10 ** digits) % 1) === 0.5;
    if (!isHalf) return value.toFixed(digits);
    const floor = Math.floor(value * 10 ** digits);
    return ((floor % 2 === 0 ? floor : floor + 1) / 10 ** digits).toFixed(digits);
  };
  const number = (value, digits) => {
    if (!Number.isFinite(value)) return DASH;
    const text = fixed(Math.abs(value), digits).replace(/\B(?=(\d{3})+(?!\d))(?<!\.\d*)/g, ",");
    return value < 0 && /[1-9]/.test(text) ? MINUS + text : text;
  };
  const score = (value) => {
    if (!Number.isFinite(value) || Math.abs(value) < 100) return number(value, 3);
    return number(value, Math.abs(value) < 1000 ? 1 : 0);
  };
  const seconds = (value) => {
    if (!Number.isFinite(value)) return DASH;
    if (value < 60) return `${fixed(value, value < 0.1 ? 3 : value < 1 ? 2 : 1)} s`;
    return value < 3600 ? `${fixed(value / 60, 1)} min` : `${fixed(value / 3600, 1)} h`;
  };

  const make = (tag, className, ...children) => {
    const element = document.createElement(tag);
    if (className) element.className = className;
    element.append(...children);
    return element;
  };
  /* A name may go on in a new line behind `+`, `_`, `/` and `=`. */
  const bdi = (text) => make("bdi", "", ...text.split(/(?<=\w[+_/=])(?=\w)/)
    .flatMap((part, i) => (i ? [make("wbr", ""), part] : [part])));
  const cell = (text, { tone = "", sub = "", mark = "", meaning = "", sort = NaN } = {}) => {
    const td = make("td", `number ${tone}`.trim(), text);
    if (mark) {
      const sign = make("b", "mark", mark);
      sign.setAttribute("aria-hidden", "true");
      td.append(sign, make("span", "heard", ` (${meaning})`));
    }
    if (sub) td.append(make("small", "", bdi(sub)));
    if (Number.isFinite(sort)) td.dataset.sort = String(sort);
    return td;
  };
  const head = (title, note, align) => {
    const th = make("th", align, make("span", "", bdi(title)));
    th.scope = "col";
    if (note) th.append(make("small", "", note));
    return th;
  };
  const methodCell = (method) => {
    const dot = make("i", `dot ${method.source.replaceAll("_", "-")}`);
    dot.setAttribute("aria-hidden", "true");
    const th = make("th", "text dotted", dot, bdi(method.name),
      make("small", "", bdi(method.source.replaceAll("_", " "))));
    th.scope = "row";
    return th;
  };
  const behindCell = (behind) => {
    if (!behind) return cell(DASH, { tone: "muted" });
    const ends = Number.isFinite(behind.low) ? `[${number(behind.low, 3)}, ${number(behind.high, 3)}]` : "no interval";
    return cell(number(behind.estimate, 3), { sub: ends, sort: behind.estimate });
  };

  const line = (data, row, tasks, best) => {
    const tr = make("tr", "", methodCell(data.methods[row.method]));
    tr.append(
      row.missing ? cell(DASH) : cell(String(row.rank), { sort: row.rank }),
      cell(score(row.normalised), {
        tone: row.rank === 1 ? "strong" : "", mark: row.tied ? "=" : "",
        meaning: "tied with the leader", sort: row.normalised,
      }),
      behindCell(row.behind),
      cell(number(row.meanRank, 1), { sort: row.meanRank }),
    );
    tasks.forEach((t, i) => {
      const value = row.means[i] * data.tasks[t].sign;
      tr.append(cell(score(value), { tone: row.means[i] === best[i] ? "strong" : "", sort: value }));
    });
    tr.append(
      cell(seconds(row.seconds), { sort: row.seconds }),
      cell(`${row.complete}/${row.planned}`, { tone: row.complete < row.planned ? "bad" : "", sort: row.complete }),
    );
    return tr;
  };
  const fill = (data, table, rows, tasks) => {
    const shown = tasks.length <= MOST_TASKS ? tasks : [];
    const best = shown.map((t, i) => Math.max(...rows.map((r) => r.means[i]).filter((v) => !Number.isNaN(v))));
    const heads = [
      head("Method", "", "text"), head("Rank", "", "number"),
      head("Normalised", "mean, higher is better", "number"), head("Behind", "the leader", "number"),
      head("Mean rank", "1 is best", "number"),
      ...shown.map((t) => head(data.tasks[t].name, data.tasks[t].note, "number")),
      head("Training", "sum over tasks", "number"), head("Complete", "of planned", "number"),
    ];
    table.tHead.replaceChildren(make("tr", "", ...heads));
    table.tBodies[0].replaceChildren(...rows.map((row) => line(data, row, shown, best)));
  };

  const options = (select, values, all) => {
    select.replaceChildren(new Option(all, ""), ...values.map(([value, text]) => new Option(text, value)));
    select.closest("label").hidden = values.length < 2;
  };
  const distinct = (values) => [...new Set(values)].map((v) => [v, v.replaceAll("_", " ")]);
  const tasksOf = (data, form) => {
    const { kind, task } = form.elements;
    return data.tasks.map((t, i) => i).filter((i) =>
      (!kind.value || data.tasks[i].kind === kind.value) && (!task.value || Number(task.value) === i));
  };
  const linesOf = (data, layer, form) => {
    const wanted = form.elements.search.value.trim().toLowerCase();
    return layer.methods.map((m, i) => i).filter((i) => {
      const method = data.methods[layer.methods[i]];
      return (!form.elements.source.value || method.source === form.elements.source.value)
        && method.name.toLowerCase().includes(wanted);
    });
  };
  const choices = (data, form) => {
    const { kind, task, source, device } = form.elements;
    options(kind, distinct(data.tasks.map((t) => t.kind)), "All kinds");
    options(source, distinct(data.methods.map((m) => m.source)), "All sources");
    options(device, data.layers.slice(1).map((l) => [l.device, l.device]), "Any device");
    const narrow = () => options(task, tasksOf(data, form).map((i) => [String(i), data.tasks[i].name]), "All tasks");
    /* Where no method has every task, a kind is shown first; resetting leads back to it. */
    for (const option of kind.options) option.defaultSelected = option.value === data.start;
    kind.value = data.start;
    narrow();
    kind.addEventListener("change", () => { task.value = ""; narrow(); });
    return narrow;
  };

  const start = (box, makeSortable) => {
    const form = box.querySelector("form");
    const status = box.querySelector(".status");
    const table = box.querySelector("table");
    let data = null;
    let narrow = null;
    const begin = () => {
      if (data) return;
      data = bakeoffRanking.open(JSON.parse(box.querySelector(".board-data").textContent));
      narrow = choices(data, form);
    };
    const update = () => {
      const tasks = tasksOf(data, form);
      const device = form.elements.device.value;
      const layer = data.layers.find((l) => l.device === device);
      const rows = bakeoffRanking.rank(data, layer, tasks, linesOf(data, layer, form));
      rows.forEach((row) => { row.method = layer.methods[row.line]; });
      fill(data, table, rows, tasks);
      makeSortable(table);
      const caption = tasks.length === 1 ? data.tasks[tasks[0]].name : `${tasks.length} tasks`;
      table.caption.replaceChildren(bdi(`${caption}: mean test score of ${rows.length} methods`));
      status.hidden = false;
      status.textContent = rows.length
        ? `${rows.length} of ${data.methods.length} methods ranked again over ${tasks.length} of ${data.tasks.length} tasks.`
        : "No method has a score here.";
    };
    begin();
    form.hidden = false;
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", update);
    form.addEventListener("reset", () => setTimeout(() => { narrow(); update(); }));
  };
  return { start };
})();
