import { Console } from './console.tsx';
import { renderPage } from './render-page.tsx';

renderPage(<Console />);
