// Draws the preview again as boxes are ticked. No page needs this: a button does the same.
(() => {
  "use strict";
  const form = document.getElementById("choose");
  const button = document.querySelector("#preview [formaction]");
  if (!form || !button) return;
  let asked = null;

  const draw = async () => {
    if (asked) asked.abort();
    asked = new AbortController();
    // Not where this page is: a page that was refused has another address.
    const address = new URL(button.formAction);
    address.search = new URLSearchParams(new FormData(form)).toString();
    address.hash = "";
    try {
      const answer = await fetch(address, { signal: asked.signal, redirect: "error" });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("preview");
      const shown = page.querySelector("#choose input[name=shown]");
      // Another page than the one that is read: leave it, the next step says so.
      if (!fresh || shown.value !== form.elements.shown.value) return;
      for (const part of ["tbody", "#preview-count"]) {
        const place = document.querySelector(`#preview ${part}`);
        const found = document.adoptNode(fresh.querySelector(part.replace("#preview ", "")));
        if (part === "tbody") place.replaceWith(found);
        else place.textContent = found.textContent;
      }
    } catch (error) {
      if (error.name !== "AbortError") asked = null;
    }
  };

  form.addEventListener("change", (event) => {
    if (event.target.name === "tick") draw();
  });
})();
