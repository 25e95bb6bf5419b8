// Draws every [data-chart]: see the macro `chart` in templates/_macros.html for what the data looks like.
// Figures arrive as whole numbers (fen, tenths of a percent) and become 万元, 元 or % only here.
"use strict";

(() => {
  const TONES = {
    done: "#2f6b4f",
    way: "#a3c7b2",
    target: "#c9bca9",
    price: "#a62b1f",
    time: "#2a2420",
    rest: "#e6ddd0",
    behind: "#bb7a17",
  };
  const PALETTE = ["#2f6b4f", "#c98a26", "#4d7fa8", "#9db86a", "#8a6d9b", "#b5583f"];
  const INK = "#574c42";
  const LINE = "#ebe3d6";
  const MEASURES = {
    wan: { divisor: 1000000, digits: 2, unit: "万元" },
    yuan: { divisor: 100, digits: 2, unit: "元" },
    rate: { divisor: 10, digits: 1, unit: "%" },
    count: { divisor: 1, digits: 0, unit: "" },
  };

  const shown = (value, measure) => {
    if (value === null || value === undefined) return "—";
    const digits = { minimumFractionDigits: measure.digits, maximumFractionDigits: measure.digits };
    return value.toLocaleString("zh-CN", digits) + (measure.unit === "%" ? "%" : measure.unit && ` ${measure.unit}`);
  };

  const colour = (series, index) => TONES[series.tone] ?? PALETTE[index % PALETTE.length];

  const scaled = (data, measure) =>
    data.series.map((series) => ({
      ...series,
      values: series.values.map((value) => (value === null ? null : value / measure.divisor)),
    }));

  const marks = (data, measure, along) =>
    data.marks && {
      symbol: "none",
      silent: true,
      lineStyle: { color: TONES.time, width: 2, type: "dashed" },
      label: { formatter: "{b}", color: TONES.time, position: along === "xAxis" ? "start" : "insideEndTop" },
      data: data.marks.map((mark) => ({ name: mark.label, [along]: mark.value / measure.divisor })),
    };

  const common = (data, measure) => ({
    animation: !window.matchMedia("(prefers-reduced-motion: reduce)").matches,
    animationDuration: 400,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: INK },
    aria: { enabled: true, label: { enabled: false } },
    // HTML tooltips carry inline styles, which the page's policy forbids.
    tooltip: {
      trigger: "axis",
      renderMode: "richText",
      axisPointer: { type: data.kind === "line" ? "line" : "shadow" },
      valueFormatter: (value) => shown(value, measure),
      confine: true,
    },
    legend: {
      show: data.series.length > 1,
      top: 0,
      left: 0,
      icon: "roundRect",
      itemWidth: 12,
      itemHeight: 12,
      textStyle: { color: INK },
    },
  });

  const values = (measure) => ({
    type: "value",
    name: measure.unit,
    nameTextStyle: { color: INK },
    splitLine: { lineStyle: { color: LINE } },
    axisLabel: { color: INK },
  });

  const names = (data, extra) => ({
    type: "category",
    data: data.categories,
    axisTick: { show: false },
    axisLine: { lineStyle: { color: "#cbbfae" } },
    axisLabel: { color: INK, ...extra },
  });

  const frame = (data, sides) => ({
    left: 4,
    right: 20,
    bottom: 4,
    top: data.series.length > 1 ? 64 : 36,
    containLabel: true,
    ...sides,
  });

  const KINDS = {
    columns(data, measure) {
      const stacked = data.stacked !== false;
      return {
        grid: frame(data),
        xAxis: names(data),
        yAxis: values(measure),
        series: scaled(data, measure).map((series, index) => ({
          name: series.name,
          type: series.line ? "line" : "bar",
          stack: stacked && !series.line ? "all" : undefined,
          data: series.values,
          color: colour(series, index),
          barMaxWidth: 36,
          symbolSize: 7,
          markLine: index === 0 ? marks(data, measure, "yAxis") : undefined,
        })),
      };
    },

    line(data, measure) {
      return {
        grid: frame(data),
        xAxis: { ...names(data), boundaryGap: false },
        yAxis: values(measure),
        series: scaled(data, measure).map((series, index) => ({
          name: series.name,
          type: "line",
          data: series.values,
          color: colour(series, index),
          symbolSize: 7,
          lineStyle: { width: 3, type: series.tone === "target" || series.tone === "time" ? "dashed" : "solid" },
          areaStyle: series.tone === "done" ? { opacity: 0.12 } : undefined,
          markLine: index === 0 ? marks(data, measure, "yAxis") : undefined,
        })),
      };
    },

    // One series: its figures stand in a column at the right, and what is behind the mark turns ochre.
    rank(data, measure) {
      const all = scaled(data, measure);
      const single = all.length === 1;
      const due = data.marks?.[0] && data.marks[0].value / measure.divisor;
      const behind = (value) => single && due !== undefined && value < due && value < 100;
      const figures = single ? all[0].values.map((value) => shown(value, measure)) : [];
      return {
        grid: frame(data, { right: 4, top: single ? 28 : 52 }),
        xAxis: { ...values(measure), name: "" },
        yAxis: [
          { ...names(data, { width: 132, overflow: "truncate" }), inverse: true },
          { ...names({ categories: figures }), inverse: true, position: "right", axisLine: { show: false }, show: single },
        ],
        series: all.map((series, index) => ({
          name: series.name,
          type: "bar",
          stack: "all",
          data: series.values.map((value) => ({
            value,
            itemStyle: { color: behind(value) ? TONES.behind : colour(series, index) },
          })),
          color: colour(series, index),
          barMaxWidth: 20,
          markLine: index === 0 ? marks(data, measure, "xAxis") : undefined,
        })),
      };
    },

    ring(data, measure) {
      const [series] = scaled(data, measure);
      return {
        tooltip: {
          trigger: "item",
          renderMode: "richText",
          confine: true,
          formatter: (part) => `${part.name}  ${shown(part.value, measure)}（${part.percent}%）`,
        },
        legend: { show: true, bottom: 0, left: "center", top: "auto", icon: "roundRect", itemWidth: 12, itemHeight: 12 },
        color: PALETTE,
        series: [
          {
            name: series.name,
            type: "pie",
            radius: ["45%", "68%"],
            center: ["50%", "40%"],
            label: { show: false },
            itemStyle: { borderColor: "#fff", borderWidth: 2 },
            data: data.categories.map((name, index) => ({ name, value: series.values[index] })),
          },
        ],
      };
    },
  };

  const draw = (place) => {
    const data = JSON.parse(place.dataset.chart);
    const measure = MEASURES[data.measure ?? "count"];
    const chart = window.echarts.init(place, null, { renderer: "svg" });
    chart.setOption({ ...common(data, measure), ...KINDS[data.kind](data, measure) });
    if (data.urls) {
      chart.on("click", (point) => {
        const url = data.urls[point.dataIndex];
        if (url) window.location.assign(url);
      });
    }
    new ResizeObserver(() => chart.resize()).observe(place);
    place.dataset.drawn = "yes";
  };

  window.drawCharts = (root) => root.querySelectorAll("[data-chart]:not([data-drawn])").forEach(draw);
})();
