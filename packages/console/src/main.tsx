import '@patternfly/react-core/dist/styles/base.css';
import './app/console.css';
import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Console } from './app/console.tsx';
import { makeQueryClient } from './app/query-client.ts';
import { startTheme } from './app/theme.ts';

startTheme();
// The server shows the console at its root; pages have paths of their own.
if (!window.location.pathname.startsWith('/ui')) window.history.replaceState(null, '', '/ui/');
createRoot(document.getElementById('console')!).render(
  <StrictMode>
    <QueryClientProvider client={makeQueryClient()}>
      <Console />
    </QueryClientProvider>
  </StrictMode>,
);
