"""What the tests measure on a page, inside of the browser."""

CONTROLS = "a[href], button, input:not([type=hidden]), summary, textarea"

OPEN_ALL = "() => document.querySelectorAll('details').forEach(it => it.open = true)"

HEADINGS = "() => [...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(it => +it.tagName[1])"

WIDTH = "() => document.documentElement.scrollWidth"

SMALL = f"""() => {{
  const isText = near => near?.nodeType === Node.TEXT_NODE && near.textContent.trim();
  const inText = it => getComputedStyle(it).display === "inline"
    && (isText(it.previousSibling) || isText(it.nextSibling));
  return [...document.querySelectorAll({CONTROLS!r})]
    .filter(it => it.checkVisibility() && !inText(it))
    .map(it => [it.outerHTML.slice(0, 120), it.getBoundingClientRect()])
    .filter(([_, box]) => box.width < 24 || box.height < 24)
    .map(([text, box]) => `${{text}}: ${{box.width}} by ${{box.height}}`);
}}"""
"""Controls outside running text that are smaller than 24 by 24."""

OUT_OF_REACH = f"""() => [...document.querySelectorAll({CONTROLS!r})]
  .filter(it => it.checkVisibility() && !it.matches(".skip"))
  .filter(it => {{
    it.scrollIntoView({{ block: "center", inline: "center", behavior: "instant" }});
    const box = it.getClientRects()[0];
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
    const hit = x >= 0 && x <= innerWidth && document.elementFromPoint(x, y);
    return !hit || !(it.contains(hit) || hit.contains(it));
  }})
  .map(it => it.outerHTML.slice(0, 120))"""
"""Controls that nothing can be clicked on, once they are scrolled to."""

STOPS = """() => {
  window.stops = [...document.querySelectorAll(
    "a[href], button, input:not([type=hidden]), summary, textarea, [tabindex='0']"
  )].filter(it => it.checkVisibility() && !it.disabled);
  return window.stops.length;
}"""
"""How many stops the key Tab is to make."""

STOP = """() => {
  const it = document.activeElement, style = getComputedStyle(it);
  const box = it.getBoundingClientRect();
  return {
    text: it.outerHTML.slice(0, 120),
    place: window.stops.indexOf(it),
    isOutlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    isInView: box.bottom > 0 && box.top < innerHeight && box.right > 0,
    top: box.top + scrollY, left: box.left + scrollX, right: box.right + scrollX,
  };
}"""
"""Where the focus is, among the stops and on the page."""

AXE = """() => axe.run(document, {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  resultTypes: ["violations"],
}).then(found => found.violations.flatMap(one => one.nodes.map(node =>
  `${one.id}: ${node.html.slice(0, 160)}: ${node.failureSummary.slice(0, 300)}`)))"""
"""What axe has to say against a page."""
