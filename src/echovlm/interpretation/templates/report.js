"use strict";
// Each figure.cine carries its frames in a JSON block; the page plays them on a canvas under an SVG overlay.
const players = new Map();
const SVG = "http://www.w3.org/2000/svg";

function player(figure) {
  const card = figure.closest(".clip");
  const cine = JSON.parse(card.querySelector("script[type='application/json']").textContent);
  const canvas = document.createElement("canvas");
  const overlay = figure.querySelector("svg");
  const note = figure.querySelector(".frame-note");
  const slider = card.querySelector("input[type=range]");
  const playButton = card.querySelector("[data-do=play]");
  const image = figure.querySelector("img");
  canvas.width = cine.width;
  canvas.height = cine.height;
  image.after(canvas);
  const context = canvas.getContext("2d");
  const frames = cine.frames.map((text) => {
    const frame = new Image();
    frame.src = "data:image/jpeg;base64," + text;
    return frame;
  });
  const hidden = new Set();
  const last = cine.frames.length - 1;
  const period = last > 0 ? (cine.times[last] * (last + 1)) / last : 0;
  let position = cine.ed, playing = false, startedAt = 0;

  function drawOverlay() {
    overlay.replaceChildren();
    for (const [name, path] of Object.entries(cine.contours[position])) {
      if (hidden.has(name)) continue;
      const shape = document.createElementNS(SVG, "path");
      shape.setAttribute("class", "s-" + name);
      shape.setAttribute("d", path);
      overlay.append(shape);
    }
    for (const caliper of cine.calipers.filter((c) => c.position === position)) overlay.append(line(caliper));
  }

  function line(caliper) {
    const group = document.createElementNS(SVG, "g");
    group.setAttribute("class", "caliper");
    const add = (tag, attributes) => {
      const node = document.createElementNS(SVG, tag);
      for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
      group.append(node);
      return node;
    };
    const [[x1, y1], [x2, y2]] = caliper.ends;
    add("line", { x1, y1, x2, y2 });
    for (const [x, y] of caliper.ends) add("circle", { cx: x, cy: y, r: cine.width / 160 });
    add("text", { x: caliper.label[0], y: caliper.label[1], "font-size": cine.label_px }).textContent = caliper.text;
    return group;
  }

  function show(wanted) {
    position = Math.max(0, Math.min(last, wanted));
    if (frames[position].complete) context.drawImage(frames[position], 0, 0);
    else frames[position].onload = () => show(position);
    slider.value = position;
    const phase = position === cine.ed && cine.phases ? " · ED" : position === cine.es ? " · ES" : "";
    note.textContent = "frame " + (cine.indices[position] + 1) + phase +
      (cine.timed ? " · " + Math.round(cine.times[position]) + " ms" : "");
    slider.setAttribute("aria-valuetext", note.textContent);
    drawOverlay();
  }

  function tick(now) {
    if (!playing) return;
    const elapsed = (now - startedAt) % period;
    let next = 0;
    while (next < last && cine.times[next + 1] <= elapsed) next += 1;
    if (next !== position) show(next);
    requestAnimationFrame(tick);
  }

  function play(on) {
    playing = on && last > 0;
    playButton.textContent = playing ? "❚❚" : "▶";
    playButton.setAttribute("aria-label", playing ? "Pause" : "Play");
    if (playing) {
      startedAt = performance.now() - cine.times[position];
      requestAnimationFrame(tick);
    }
  }

  const jump = { play: () => play(!playing), ed: () => stopAt(cine.ed), es: () => stopAt(cine.es) };
  function stopAt(wanted) { play(false); show(wanted); }
  card.querySelectorAll("[data-do]").forEach((button) => {
    if (jump[button.dataset.do]) button.addEventListener("click", jump[button.dataset.do]);
  });
  card.querySelector("[data-do=overlay]")?.addEventListener("click", (event) => {
    const bare = figure.classList.toggle("bare");
    event.currentTarget.setAttribute("aria-pressed", String(!bare));
  });
  card.querySelectorAll("[data-structure]").forEach((button) => button.addEventListener("click", () => {
    const name = button.dataset.structure;
    if (!hidden.delete(name)) hidden.add(name);
    button.setAttribute("aria-pressed", String(!hidden.has(name)));
    drawOverlay();
  }));
  slider.addEventListener("input", () => stopAt(Number(slider.value)));
  show(position);
  return {
    play, stopAt,
    rest: () => stopAt(cine.ed),
    toFrame: (index) => stopAt(cine.indices.reduce((best, value, at) =>
      Math.abs(value - index) < Math.abs(cine.indices[best] - index) ? at : best, 0)),
  };
}

document.querySelectorAll("figure.cine").forEach((figure) => {
  figure.closest(".clip").querySelectorAll("[hidden]").forEach((node) => { node.hidden = false; });
  players.set(figure.closest(".clip").id, player(figure));
});
// Loops run while they are on screen; a reader who asked for less motion starts them by hand.
if (!matchMedia("(prefers-reduced-motion: reduce)").matches && "IntersectionObserver" in window) {
  const started = new Set();
  const watcher = new IntersectionObserver((entries) => entries.forEach((entry) => {
    const card = entry.target.closest(".clip").id;
    if (!entry.isIntersecting) players.get(card).play(false);
    else if (!started.has(card)) { started.add(card); players.get(card).play(true); }
  }), { threshold: 0.4 });
  document.querySelectorAll("figure.cine").forEach((figure) => watcher.observe(figure));
}
document.querySelectorAll("a[data-frame]").forEach((link) => link.addEventListener("click", () => {
  players.get(link.hash.slice(1))?.toFrame(Number(link.dataset.frame));
}));
addEventListener("beforeprint", () => players.forEach((each) => each.rest()));
