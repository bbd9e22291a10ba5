"use strict";
/* Ranks methods over tasks from the numbers that the page carries, as `boards.py` does. */
const bakeoffRanking = (() => {
  /* Normal quantile of 0.975. */
  const Z = 1.959963984540054;
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer;
  const open = (data) => {
    const layers = data.layers.map((layer) => ({
      ...layer,
      means: new Float64Array(bytes(layer.means)),
      scores: new Float32Array(bytes(layer.scores)),
      ratios: layer.ratios.map((r) => (typeof r === "string" ? new Float32Array(bytes(r)) : r)),
      seconds: new Float32Array(bytes(layer.seconds)),
      complete: new Uint16Array(bytes(layer.complete)),
      planned: new Uint16Array(bytes(layer.planned)),
      errors: layer.errors.map((e) => e && new Float32Array(bytes(e))),
      free: layer.free.map((e) => e && new Float32Array(bytes(e))),
    }));
    return { ...data, layers };
  };

  /* One task: leader minus other over the splits that both have. */
  const difference = (data, layer, task, leader, other) => {
    const [start, stop] = layer.ends[task];
    const width = layer.width;
    const ratios = layer.ratios[task];
    const size = stop - start;
    let n = 0, sum = 0, ratio = 0;
    const values = [];
    for (let s = start; s < stop; s += 1) {
      const value = layer.scores[leader * width + s] - layer.scores[other * width + s];
      if (Number.isNaN(value)) continue;
      values.push(value);
      n += 1;
      sum += value;
      ratio += typeof ratios === "number" ? ratios
        : Math.max(ratios[leader * size + s - start], ratios[other * size + s - start]);
    }
    const estimate = sum / n;
    if (data.tasks[task].fixed) {
      const pairs = layer.errors[task];
      const at = leader * layer.methods.length + other;
      return pairs ? { estimate, error: pairs[at], df: layer.free[task][at], n }
        : { estimate, error: NaN, df: NaN, n };
    }
    if (n < 3) return { estimate, error: NaN, df: n - 1, n };
    const squares = values.reduce((total, v) => total + (v - estimate) ** 2, 0);
    const spread = Math.sqrt(squares / (n - 1));
    let error = spread * Math.sqrt(1 / n + ratio / n);
    const flat = spread <= 1e-7 * Math.max(1, Math.abs(estimate));
    const step = layer.steps[task][n - 1];
    if (step > 0) {
      /* Shares of rows have a floor: so few rows resolve no finer difference. */
      const least = Z * Math.sqrt(Math.abs(estimate) * step + (Z * step) ** 2) / bakeoffStudent.quantile(n - 1);
      error = Math.max(flat ? 0 : error, least);
    } else if (flat) {
      error = estimate === 0 ? 0 : NaN;
    }
    return { estimate, error, df: n - 1, n };
  };

  /* Mean over tasks of equal weight, degrees of freedom by Welch and Satterthwaite. */
  const mean = (parts) => {
    const k = parts.length;
    const estimate = parts.reduce((total, p) => total + p.estimate, 0) / k;
    let error, df;
    if (k === 1) {
      ({ error, df } = parts[0]);
    } else {
      const squares = parts.map((p) => (p.error / k) ** 2);
      const total = squares.reduce((a, b) => a + b, 0);
      const below = squares.reduce((a, s, i) => a + (s * s) / parts[i].df, 0);
      error = Math.sqrt(total);
      df = below > 0 ? (total * total) / below : Infinity;
    }
    const known = Number.isFinite(error);
    const half = known ? (error > 0 ? bakeoffStudent.quantile(df) * error : 0) : NaN;
    let p = NaN;
    if (known) p = error > 0 ? bakeoffStudent.twoSided(Math.abs(estimate) / error, df) : Number(estimate === 0);
    return { estimate, low: estimate - half, high: estimate + half, p };
  };

  const ranksOf = (values) => {
    const order = values.map((v, i) => i).filter((i) => !Number.isNaN(values[i]));
    order.sort((a, b) => values[b] - values[a]);
    const ranks = values.map(() => NaN);
    for (let i = 0; i < order.length;) {
      let j = i;
      while (j < order.length && values[order[j]] === values[order[i]]) j += 1;
      for (let k = i; k < j; k += 1) ranks[order[k]] = (i + 1 + j) / 2;
      i = j;
    }
    return ranks;
  };
  const meanOf = (values) => {
    const known = values.filter((v) => !Number.isNaN(v));
    return known.reduce((a, b) => a + b, 0) / known.length;
  };

  /* The standings of some methods (lines of a layer) over some tasks, best first. */
  const rank = (data, layer, tasks, lines) => {
    const nTasks = data.tasks.length;
    const cell = (line, task) => layer.means[line * nTasks + task];
    const chosen = lines.filter((line) => tasks.some((t) => !Number.isNaN(cell(line, t))));
    const rows = chosen.map((line) => {
      const means = tasks.map((t) => cell(line, t));
      const parts = tasks.map((t, i) => (means[i] - data.tasks[t].zero) / data.tasks[t].span);
      return {
        line, means, missing: means.some(Number.isNaN),
        normalised: parts.reduce((a, b) => a + b, 0) / parts.length,
      };
    });
    if (rows.length > 1 && rows.filter((row) => !row.missing).length === 1) {
      rows.forEach((row) => { row.missing = true; row.normalised = NaN; });
    }
    const byTask = tasks.map((t, i) => ranksOf(rows.map((row) => row.means[i])));
    rows.forEach((row, r) => { row.meanRank = meanOf(byTask.map((ranks) => ranks[r])); });
    const key = (row) => (Number.isNaN(row.normalised) ? Infinity : -row.normalised);
    const less = (a, b) => (a === b ? 0 : a < b ? -1 : 1);
    rows.sort((a, b) => less(Number(a.missing), Number(b.missing)) || less(key(a), key(b))
      || less(a.meanRank, b.meanRank) || a.line - b.line);
    const scaled = tasks.every((t) => data.tasks[t].span !== null);
    rows.forEach((row, place) => {
      row.rank = place + 1;
      row.behind = null;
      if (place === 0 || row.missing || !scaled || rows[0].missing) return;
      const found = mean(tasks.map((t) => {
        const part = difference(data, layer, t, rows[0].line, row.line);
        const span = data.tasks[t].span;
        return { estimate: part.estimate / span, error: part.error / span, df: part.df };
      }));
      if (!Number.isNaN(found.estimate)) row.behind = found;
    });
    const adjusted = bakeoffStudent.holmOfLeader(rows.map((row) => (row.behind ? row.behind.p : NaN)));
    rows.forEach((row, i) => {
      row.tied = Number.isFinite(adjusted[i]) ? adjusted[i] > 0.05 : null;
      row.seconds = tasks.map((t) => layer.seconds[row.line * nTasks + t]).filter((v) => !Number.isNaN(v))
        .reduce((a, b) => (Number.isNaN(a) ? b : a + b), NaN);
      row.complete = tasks.reduce((a, t) => a + layer.complete[row.line * nTasks + t], 0);
      row.planned = tasks.reduce((a, t) => a + layer.planned[row.line * nTasks + t], 0);
    });
    return rows;
  };
  return { open, rank };
})();
