import { renderPage } from '../shell/render-page.tsx';
import { ConsentPage } from './consent-page.tsx';
import { readParameters } from './parameters.ts';

renderPage(<ConsentPage parameters={readParameters(new URLSearchParams(window.location.search))} />);
