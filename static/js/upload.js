// Say that a file is too large before it is sent, rather than after.
for (const input of document.querySelectorAll("input[type=file][data-max-mb]")) {
  const limit = Number(input.dataset.maxMb) * 1024 * 1024;
  const form = input.form;
  form.noValidate = false;
  input.addEventListener("change", () => {
    const [file] = input.files;
    const isTooLarge = file && file.size > limit;
    input.setCustomValidity(isTooLarge ? `“${file.name}” is larger than ${input.dataset.maxMb} MB.` : "");
    if (isTooLarge) input.reportValidity();
  });
}
