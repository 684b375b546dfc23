import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ApiError, onSignedOut } from './api/client';
import { sessionQuery } from './api/queries';
import { App } from './App';
import { ToastProvider } from './ui/toasts';
import './styles/global.css';

const client = new QueryClient({
  defaultOptions: {
    queries: {
      // What the server refused it will refuse again; what it could not do just now it may do in a moment.
      retry: (failures, error) => failures < 2 && error instanceof ApiError && error.transient,
      refetchOnWindowFocus: true,
    },
  },
});

// A session that ended elsewhere: asking again brings the token for signing in, and the app shows that view.
onSignedOut(() => {
  const session = client.getQueryData(sessionQuery.queryKey);
  if (session?.user) client.setQueryData(sessionQuery.queryKey, { ...session, user: null });
});

const root = document.getElementById('root');
if (!root) throw new Error('The page has no #root.');

createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <ToastProvider>
        <App />
      </ToastProvider>
    </QueryClientProvider>
  </StrictMode>,
);
