/** The script that the page has begun with: its name has a hash of all that it imports. */
const SCRIPT = new URL(import.meta.url).pathname;

/**
 * A newer console may be installed while this one is open: the files of the older one that were not yet asked for are gone. The page is loaded
 * anew then, once: what it begins with is what the server has. While the server does not answer, or has what this page is of, it stays as it is.
 */
export function followNewerConsole(): void {
  let asking = false;
  window.addEventListener('vite:preloadError', () => {
    if (asking) return;
    asking = true;
    void isReplaced(SCRIPT).then(replaced => {
      asking = false;
      if (replaced) window.location.reload();
    });
  });
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
