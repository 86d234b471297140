import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App';
import { start } from './start';
import './styles/theme.css';
import './styles/page.css';
import './styles/layers.css';
import './styles/graph.css';
import './styles/side.css';
import './styles/verdict.css';
import './styles/inspector.css';
import './styles/tools.css';
import './styles/overlays.css';
import './styles/tour.css';
import './styles/narrow.css';
import { store } from './store';
import { messageOf } from './worker-clients';

const root = document.getElementById('root');
if (!root) throw new Error('The page has no #root element.');
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
start().catch((error: unknown) => store.setState({ error: messageOf(error) }));
