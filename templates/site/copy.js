// Without a script, or where the browser keeps the clipboard shut, each address is there as a link.
if (navigator.clipboard) document.querySelectorAll("[data-copy]").forEach((button) => {
  const status = document.querySelector("[role=status]");
  const say = (label, said) => { button.textContent = label; status.textContent = said; };
  const select = (address) => address && getSelection().selectAllChildren(address);
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      say({{ _("Copied") | tojson }}, {{ _("Copied %(address)s", address="{}") | tojson }}.replace("{}", () => button.dataset.copy));
    } catch {
      // The reader, or their organisation, said no: what is selected can be copied by hand.
      select(button.parentElement.querySelector(".address"));
      say({{ _("Not allowed") | tojson }}, {{ _("The browser did not allow copying. The address is %(address)s", address="{}") | tojson }}.replace("{}", () => button.dataset.copy));
    }
    setTimeout(say, 4000, {{ _("Copy") | tojson }}, "");
  });
});
