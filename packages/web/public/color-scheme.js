// Runs before the first paint, so that a dark page never flashes white. It is a file of its own
// because the content security policy forbids inline scripts.
;(function () {
  var choice = null
  try {
    choice = window.localStorage.getItem('mantine-color-scheme-value')
  } catch {
    // Storage may be blocked; the system's own choice is used then.
  }
  var dark =
    choice === 'dark' ||
    (choice !== 'light' && window.matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light')
})()
