"use strict";
/* Student's t and the adjustment of the leader's tests, as the statistics of the program have them. */
const bakeoffStudent = (() => {
  /* Logarithm of the gamma function for x > 0: Lanczos' series with g = 7 and nine terms. */
  const TERMS = [
    0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313,
    -176.61502916214059, 12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6,
    1.5056327351493116e-7,
  ];
  const logGamma = (x) => {
    let sum = TERMS[0];
    for (let i = 1; i < 9; i += 1) sum += TERMS[i] / (x - 1 + i);
    const t = x + 6.5;
    return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum);
  };
  const away = (v) => (Math.abs(v) < 1e-300 ? 1e-300 : v);
  /* Continued fraction of the incomplete beta function, by Lentz' method. */
  const fraction = (a, b, x) => {
    let c = 1;
    let d = 1 / away(1 - ((a + b) * x) / (a + 1));
    let h = d;
    for (let m = 1; m < 500; m += 1) {
      const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
      d = 1 / away(1 + even * d);
      c = away(1 + even / c);
      h *= d * c;
      const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
      d = 1 / away(1 + odd * d);
      c = away(1 + odd / c);
      h *= d * c;
      if (Math.abs(d * c - 1) < 1e-15) break;
    }
    return h;
  };
  const beta = (a, b, x) => {
    if (x <= 0) return 0;
    if (x >= 1) return 1;
    const front = Math.exp(
      logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
    return x < (a + 1) / (a + b + 2) ? (front * fraction(a, b, x)) / a
      : 1 - (front * fraction(b, a, 1 - x)) / b;
  };
  /* Two-sided probability of |t| or more. */
  const twoSided = (t, df) => {
    const n = Math.min(df, 1e7);
    return beta(n / 2, 0.5, n / (n + t * t));
  };
  const kept = new Map();
  /* Where the two-sided probability is 0.05. */
  const quantile = (df) => {
    if (!kept.has(df)) {
      let low = 0;
      let high = 1;
      while (twoSided(high, df) > 0.05) high *= 2;
      for (let i = 0; i < 80; i += 1) {
        const middle = (low + high) / 2;
        if (twoSided(middle, df) > 0.05) low = middle; else high = middle;
      }
      kept.set(df, (low + high) / 2);
    }
    return kept.get(df);
  };
  /* NaN is no test and does not count. */
  const holmOfLeader = (values) => {
    const adjusted = values.map(() => NaN);
    const order = values.map((p, i) => i).filter((i) => Number.isFinite(values[i]));
    order.sort((a, b) => values[a] - values[b]);
    let most = 0;
    order.forEach((index, place) => {
      const left = order.length - place;
      most = Math.max(most, values[index] * left * (left + 1) / 2);
      adjusted[index] = Math.min(most, 1);
    });
    return adjusted;
  };
  return { twoSided, quantile, holmOfLeader };
})();
