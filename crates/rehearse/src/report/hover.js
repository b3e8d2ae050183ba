// Shows the figures under the pointer. The page is whole without it.
for (const plot of document.querySelectorAll('.plot')) {
  const places = JSON.parse(plot.dataset.hover || '[]');
  const tip = document.createElement('div');
  const words = tip.appendChild(document.createElement('span'));
  tip.className = 'tip';
  tip.hidden = true;
  plot.append(tip);
  const show = (event) => {
    const box = plot.getBoundingClientRect();
    const at = (event.clientX - box.left) / box.width * 1000;
    let best = null;
    for (const place of places) if (!best || Math.abs(place[0] - at) < Math.abs(best[0] - at)) best = place;
    tip.hidden = !best;
    if (!best) return;
    tip.style.left = best[0] / 10 + '%';
    tip.classList.toggle('left', best[0] > 550);
    words.textContent = best[1] + '\n' + best[2].join('\n');
  };
  plot.addEventListener('pointermove', show);
  plot.addEventListener('pointerdown', show);
  plot.addEventListener('pointerleave', () => { tip.hidden = true; });
}
