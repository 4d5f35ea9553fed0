/** The script that the page has begun with: its name has a hash of all that it imports. */
const SCRIPT = new URL(import.meta.url).pathname;
/** When the page was loaded anew, in milliseconds since the epoch: remembered as long as the window is open. */
const LOADED_KEY = 'angarium-loaded-anew';
/** Two consoles that take turns (behind a proxy that asks several servers) do not make the page load for ever: not again within so many milliseconds. */
const LOADED_AGO_MIN_MS = 60_000;

/**
 * A newer console may be installed while this one is open: the files of the older one that were not yet asked for are gone. The page is loaded anew then:
 * what it begins with is what the server has. While the server does not answer, or has what this page is of, it stays as it is.
 */
export async function loadNewerConsole(): Promise<void> {
  const now = Date.now();
  if (now - Number(window.sessionStorage.getItem(LOADED_KEY) ?? 0) < LOADED_AGO_MIN_MS || !(await isReplaced(SCRIPT))) return;
  window.sessionStorage.setItem(LOADED_KEY, String(now));
  window.location.reload();
}

async function isReplaced(script: string): Promise<boolean> {
  try {
    const answer = await fetch(import.meta.env.BASE_URL, { cache: 'no-store', headers: { accept: 'text/html' } });
    return answer.ok && !(await answer.text()).includes(script);
  } catch {
    // The banner says that the server does not answer.
    return false;
  }
}
