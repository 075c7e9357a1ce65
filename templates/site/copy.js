// Without a script, or where the browser keeps the clipboard shut, each address is there as a link.
if (navigator.clipboard) document.querySelectorAll("[data-copy]").forEach((button) => {
  const status = document.querySelector("[role=status]");
  const say = (label, said) => { button.textContent = label; status.textContent = said; };
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    say("Copied", "Copied " + button.dataset.copy);
    setTimeout(say, 2500, "Copy", "");
  });
});
